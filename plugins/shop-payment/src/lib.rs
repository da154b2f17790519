//! Takes the money for an order, or declines it: an amount that is not above zero, or over the card's limit.
//!
//! `shop.order.placed.v1` -> `shop.payment.completed.v1` or `shop.payment.declined.v1`

use oyez_plugin::prelude::*;
use oyez_plugin::serde_json::Number;

/// What one card pays at once, at most.
const CARD_LIMIT: f64 = 10_000.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    user_id: String,
    /// As it was written: what goes through an `f64` comes out as another number.
    amount: Number,
}

#[handler(on = "shop.order.placed.v1", emits = ["shop.payment.completed.v1", "shop.payment.declined.v1"])]
fn order(order: Order) -> Emission {
    let Order { order_id, user_id, amount } = order;
    let paid = json!({ "orderId": order_id, "userId": user_id, "amount": amount });
    let declined = |reason| json!({ "orderId": order_id, "userId": user_id, "amount": amount, "reason": reason });
    let (ty, data) = match amount.as_f64() {
        Some(sum) if sum > 0.0 && sum <= CARD_LIMIT => ("shop.payment.completed.v1", paid),
        Some(sum) if sum <= 0.0 => ("shop.payment.declined.v1", declined("nothing to pay")),
        _ => ("shop.payment.declined.v1", declined("over the card's limit")),
    };
    Emission::new(ty).subject(&order_id).json(&data)
}

plugin!(order);

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    fn pay(data: Value) -> Result {
        testing::run::<order>(&testing::event("shop.order.placed.v1", data))
    }

    #[test]
    fn only_amounts_above_zero_and_within_the_limit_are_paid() {
        for (amount, paid) in [(-1.0, false), (0.0, false), (0.01, true), (10_000.0, true), (10_000.01, false)] {
            let emissions = pay(json!({ "orderId": "o-1", "userId": "u-1", "items": [], "amount": amount })).unwrap();
            let [emission] = &emissions[..] else { panic!("one emission") };
            assert_eq!(emission.type_ == "shop.payment.completed.v1", paid, "{amount}");
            assert_eq!(emission.subject.as_deref(), Some("o-1"));
        }
    }

    #[test]
    fn an_order_that_cannot_be_decoded_is_rejected() {
        assert!(matches!(pay(json!({ "amount": 1 })), Err(Failure::Reject(reason)) if reason.contains("orderId")));
    }
}
