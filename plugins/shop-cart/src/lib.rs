//! Adds up what goes into a cart and out of it: many small facts in, after each the whole cart out.
//!
//! `shop.cart.item-added.v1`, `shop.cart.item-removed.v1` -> `shop.cart.updated.v1`
//!
//! Whoever states the changes makes the cart's id their subject: so they stay in order. It keeps state: put `shop-cart.toml` beside the `.wasm`.

use oyez_plugin::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    cart_id: String,
    sku: String,
    quantity: NonZeroU32,
}

/// One subscription for both, since each has lanes of its own: with two, something might be taken out before it was put in.
#[handler(prefix(type = "shop.cart.item-"), emits = "shop.cart.updated.v1")]
fn change(event: &Event) -> Result<Option<Emission>> {
    let adds = match event.type_.as_str() {
        "shop.cart.item-added.v1" => true,
        "shop.cart.item-removed.v1" => false,
        // What else may happen to an item is not known here, and need not be of the same form.
        _ => return Ok(None),
    };
    let Change { cart_id, sku, quantity } = event.json()?;
    let by = u64::from(quantity.get());
    let carts = state::bucket("carts")?;
    let mut items = carts.get::<BTreeMap<String, u64>>(&cart_id)?.unwrap_or_default();
    let before = items.get(&sku).copied().unwrap_or(0);
    let after = if adds { before.checked_add(by) } else { before.checked_sub(by) };
    match after {
        None => return Err(Failure::reject(format!("cart `{cart_id}` has {before} of `{sku}`, and cannot change by {by}"))),
        Some(0) => drop(items.remove(&sku)),
        Some(after) => drop(items.insert(sku, after)),
    }
    if items.is_empty() { carts.delete(&cart_id) } else { carts.set(&cart_id, &items) }?;
    Ok(Some(updated(&cart_id, &items)))
}

plugin!(change);

fn updated(cart_id: &str, items: &BTreeMap<String, u64>) -> Emission {
    let total: u64 = items.values().sum();
    let items: Vec<_> = items.iter().map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity })).collect();
    Emission::new("shop.cart.updated.v1").subject(cart_id).json(&json!({ "cartId": cart_id, "items": items, "totalQuantity": total }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    fn change(cart: &str, what: &str, sku: &str, quantity: i64) -> Result {
        let data = json!({ "cartId": cart, "sku": sku, "quantity": quantity });
        testing::run::<super::change>(&testing::event(&format!("shop.cart.item-{what}.v1"), data))
    }

    fn updated(cart: &str, items: &[(&str, u64)]) -> Result {
        let items = items.iter().map(|(sku, quantity)| ((*sku).to_owned(), *quantity)).collect();
        Ok(vec![super::updated(cart, &items)])
    }

    #[test]
    fn each_change_shows_the_whole_cart() {
        assert_eq!(change("c-1", "added", "soup", 2), updated("c-1", &[("soup", 2)]));
        assert_eq!(change("c-1", "added", "bread", 1), updated("c-1", &[("bread", 1), ("soup", 2)]));
        assert_eq!(change("c-2", "added", "soup", 9), updated("c-2", &[("soup", 9)]));
        assert_eq!(change("c-1", "removed", "soup", 1), updated("c-1", &[("bread", 1), ("soup", 1)]));
        assert_eq!(change("c-1", "removed", "soup", 1), updated("c-1", &[("bread", 1)]));
        assert_eq!(change("c-1", "removed", "bread", 1), updated("c-1", &[]));
    }

    #[test]
    fn an_update_names_items_and_their_total() {
        let data = json!({ "cartId": "c", "items": [{ "sku": "a", "quantity": 2 }, { "sku": "b", "quantity": 3 }], "totalQuantity": 5 });
        assert_eq!(updated("c", &[("a", 2), ("b", 3)]), Ok(vec![Emission::new("shop.cart.updated.v1").subject("c").json(&data)]));
    }

    #[test]
    fn a_change_that_makes_no_sense_is_rejected_and_changes_nothing() {
        change("c-3", "added", "soup", 1).unwrap();
        for (what, sku, quantity) in [("removed", "soup", 2), ("removed", "bread", 1), ("added", "soup", 0), ("added", "soup", -1)] {
            assert!(matches!(change("c-3", what, sku, quantity), Err(Failure::Reject(_))), "{what} {sku} {quantity}");
        }
        assert_eq!(change("c-3", "added", "soup", 1), updated("c-3", &[("soup", 2)]));
    }

    #[test]
    fn what_else_happens_to_an_item_is_not_its_business() {
        assert_eq!(testing::run::<super::change>(&testing::event("shop.cart.item-gift-wrapped.v1", json!("?"))), Ok(vec![]));
    }
}
