//! Keeps the stock: what was received, less what orders have reserved. An order gets all of its items or none, and stock is never below zero.
//!
//! `shop.stock.received.v1` -> nothing, `shop.order.placed.v1` -> `shop.stock.reserved.v1` or `shop.stock.short.v1`
//!
//! It keeps state: put `shop-inventory.toml` beside the `.wasm`.

use oyez_plugin::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

#[derive(Deserialize)]
struct Item {
    sku: String,
    quantity: NonZeroU32,
}

#[handler(on = "shop.stock.received.v1")]
fn received(received: Item) -> Result<()> {
    state::bucket("stock")?.increment(&received.sku, received.quantity.get().into()).map(drop)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    items: Vec<Item>,
}

#[handler(on = "shop.order.placed.v1", emits = ["shop.stock.reserved.v1", "shop.stock.short.v1"])]
fn order(order: Order) -> Result<Emission> {
    let Order { order_id, items } = order;
    let items = by_sku(items);
    let stock = state::bucket("stock")?;
    let mut rests = Vec::with_capacity(items.len());
    for (sku, &wanted) in &items {
        let left = stock.get::<u64>(sku)?.unwrap_or(0);
        let Some(rest) = left.checked_sub(wanted) else {
            let short = json!({ "orderId": order_id, "sku": sku, "wanted": wanted, "left": left });
            return Ok(Emission::new("shop.stock.short.v1").subject(order_id).json(&short));
        };
        rests.push((sku, rest));
    }
    // Only now, when all of it is there.
    for (sku, rest) in rests {
        stock.set(sku, &rest)?;
    }
    let items: Vec<_> = items.iter().map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity })).collect();
    let reserved = json!({ "orderId": order_id, "items": items });
    Ok(Emission::new("shop.stock.reserved.v1").subject(order_id).json(&reserved))
}

plugin!(received, order);

/// What the lines of an order come to: the same sku may stand in several.
fn by_sku(items: Vec<Item>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for item in items {
        *sums.entry(item.sku).or_default() += u64::from(item.quantity.get());
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    fn receive(sku: &str, quantity: u32) {
        testing::run::<received>(&testing::event("shop.stock.received.v1", json!({ "sku": sku, "quantity": quantity }))).unwrap();
    }

    fn place(items: &[(&str, i64)]) -> Result {
        let items: Vec<_> = items.iter().map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity, "price": 6.5 })).collect();
        testing::run::<super::order>(&testing::event("shop.order.placed.v1", json!({ "orderId": "o-1", "items": items })))
    }

    fn reserved(items: &Value) -> Emission {
        Emission::new("shop.stock.reserved.v1").subject("o-1").json(&json!({ "orderId": "o-1", "items": items }))
    }

    fn short(sku: &str, wanted: u64, left: u64) -> Emission {
        let short = json!({ "orderId": "o-1", "sku": sku, "wanted": wanted, "left": left });
        Emission::new("shop.stock.short.v1").subject("o-1").json(&short)
    }

    #[test]
    fn what_was_received_is_reserved_until_it_is_gone() {
        receive("soup", 2);
        receive("soup", 1);
        assert_eq!(place(&[("soup", 2)]).unwrap(), [reserved(&json!([{ "sku": "soup", "quantity": 2 }]))]);
        assert_eq!(place(&[("soup", 2)]).unwrap(), [short("soup", 2, 1)]);
        assert_eq!(place(&[("soup", 1)]).unwrap(), [reserved(&json!([{ "sku": "soup", "quantity": 1 }]))]);
        assert_eq!(place(&[("soup", 1)]).unwrap(), [short("soup", 1, 0)]);
    }

    #[test]
    fn an_order_that_is_short_of_one_item_takes_none() {
        receive("bread", 1);
        receive("cheese", 1);
        assert_eq!(place(&[("bread", 1), ("cheese", 2)]).unwrap(), [short("cheese", 2, 1)]);
        let both = json!([{ "sku": "bread", "quantity": 1 }, { "sku": "cheese", "quantity": 1 }]);
        assert_eq!(place(&[("cheese", 1), ("bread", 1)]).unwrap(), [reserved(&both)]);
    }

    #[test]
    fn lines_of_the_same_sku_are_added_up() {
        receive("tea", 3);
        assert_eq!(place(&[("tea", 2), ("tea", 2)]).unwrap(), [short("tea", 4, 3)]);
        assert_eq!(place(&[("tea", 2), ("tea", 1)]).unwrap(), [reserved(&json!([{ "sku": "tea", "quantity": 3 }]))]);
    }

    #[test]
    fn a_quantity_below_one_is_rejected() {
        receive("cake", 1);
        for quantity in [0, -1] {
            assert!(matches!(place(&[("cake", quantity)]), Err(Failure::Reject(_))), "{quantity}");
        }
        assert_eq!(place(&[("cake", 2)]).unwrap(), [short("cake", 2, 1)]);
    }
}
