//! Flags orders that are large enough to be looked at. It stops nobody: whoever cares reacts to the flag.
//!
//! `shop.order.placed.v1` -> `shop.fraud.flagged.v1`, or nothing

use oyez_plugin::prelude::*;
use oyez_plugin::serde_json::Number;

/// From here on a person should look; `[config] threshold` says otherwise.
const THRESHOLD: f64 = 5_000.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    user_id: String,
    /// As it was written: what goes through an `f64` comes out as another number.
    amount: Number,
}

#[handler(on = "shop.order.placed.v1", emits = "shop.fraud.flagged.v1")]
fn order(order: Order) -> Result<Option<Emission>> {
    let threshold = config::get("threshold").map_or(Ok(THRESHOLD), |text| text.parse())?;
    if order.amount.as_f64().is_some_and(|sum| sum < threshold) {
        return Ok(None);
    }
    let flag = json!({ "orderId": order.order_id, "userId": order.user_id, "amount": order.amount, "threshold": threshold });
    Ok(Some(Emission::new("shop.fraud.flagged.v1").subject(&order.order_id).json(&flag)))
}

plugin!(order);

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    #[test]
    fn only_large_orders_are_flagged() {
        for (amount, flags) in [(4_999.99, 0), (5_000.0, 1)] {
            let placed = testing::event("shop.order.placed.v1", json!({ "orderId": "o-1", "userId": "u-1", "items": [], "amount": amount }));
            assert_eq!(testing::run::<order>(&placed).unwrap().len(), flags, "{amount}");
        }
    }
}
