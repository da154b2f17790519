//! Flags orders that a person should look at: large ones, and too many of one user in a short time. It stops nobody: who cares reacts to the flag.
//!
//! `shop.order.placed.v1` -> `shop.fraud.flagged.v1`, or nothing
//!
//! It remembers when users ordered: put `shop-fraud.toml` beside the `.wasm`, for the grant of state and the settings.

mod velocity;

use oyez_plugin::prelude::*;
use oyez_plugin::serde_json::Number;
use std::fmt::Display;
use std::str::FromStr;

/// From here on a person should look; `[config] threshold` says otherwise.
const THRESHOLD: f64 = 5_000.0;
/// So many orders of one user are nothing unusual; `[config] velocity_orders`.
const ORDERS: usize = 5;
/// Within so many seconds; `[config] velocity_seconds`.
const SECONDS: u32 = 600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    user_id: String,
    /// As it was written: what goes through an `f64` comes out as another number.
    amount: Number,
}

#[handler(on = "shop.order.placed.v1", emits = "shop.fraud.flagged.v1")]
fn order(order: Order, event: &Event, delivery: &Delivery) -> Result<Option<Emission>> {
    let threshold = setting("threshold", THRESHOLD)?;
    let (orders, seconds) = (setting("velocity_orders", ORDERS)?, setting("velocity_seconds", SECONDS)?);
    let mut reasons = Vec::new();
    if order.amount.as_f64().is_none_or(|sum| sum >= threshold) {
        reasons.push(format!("an amount of {threshold} or more"));
    }
    if velocity::exceeds(&order.user_id, velocity::time(event, delivery), orders, seconds)? {
        reasons.push(format!("more than {orders} orders of one user within {seconds} s"));
    }
    if reasons.is_empty() {
        return Ok(None);
    }
    let Order { order_id, user_id, amount } = order;
    let flag = json!({ "orderId": order_id, "userId": user_id, "amount": amount, "threshold": threshold, "reasons": reasons });
    Ok(Some(Emission::new("shop.fraud.flagged.v1").subject(order_id).json(&flag)))
}

plugin!(order);

/// What the operator has set. A value that cannot be read is tried again: it may be put right meanwhile.
fn setting<T: FromStr<Err: Display>>(key: &str, default: T) -> Result<T> {
    let Some(text) = config::get(key) else { return Ok(default) };
    text.parse().map_err(|error| Failure::retry(format!("[config] {key} = \"{text}\": {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    fn reasons(user: &str, amount: f64) -> Option<Value> {
        let data = json!({ "orderId": "o-1", "userId": user, "items": [], "amount": amount });
        let emissions = testing::run::<order>(&testing::event("shop.order.placed.v1", data)).unwrap();
        let Some(Data::Text(flag)) = &emissions.first()?.data else { panic!("{emissions:?}") };
        let flag: Value = oyez_plugin::serde_json::from_str(flag).unwrap();
        assert_eq!(
            (&flag["orderId"], &flag["userId"], &flag["amount"], &flag["threshold"]),
            (&json!("o-1"), &json!(user), &json!(amount), &json!(THRESHOLD))
        );
        Some(flag["reasons"].clone())
    }

    #[test]
    fn large_orders_are_flagged() {
        assert_eq!(reasons("large", 4_999.99), None);
        assert_eq!(reasons("large", 5_000.0), Some(json!(["an amount of 5000 or more"])));
    }

    #[test]
    fn more_orders_than_usual_are_flagged_large_or_not() {
        assert!((0..5).all(|_| reasons("often", 12.0).is_none()));
        let velocity = "more than 5 orders of one user within 600 s";
        assert_eq!(reasons("often", 12.0), Some(json!([velocity])));
        assert_eq!(reasons("often", 6_000.0), Some(json!(["an amount of 5000 or more", velocity])));
        assert_eq!(reasons("seldom", 12.0), None);
    }
}
