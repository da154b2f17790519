//! Queues the e-mails that an order leads to: that it was received, and that it is confirmed.
//!
//! `shop.order.placed.v1`, `shop.order.confirmed.v1` -> `shop.email.queued.v1`

use oyez_plugin::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    user_id: String,
}

#[handler(on = "shop.order.placed.v1", emits = "shop.email.queued.v1")]
fn order(order: Order, delivery: &Delivery) -> Emission {
    email("order-received", &order, delivery)
}

#[handler(on = "shop.order.confirmed.v1", emits = "shop.email.queued.v1")]
fn confirmation(order: Order, delivery: &Delivery) -> Emission {
    email("order-confirmed", &order, delivery)
}

plugin!(order, confirmation);

/// Whoever sends it may do so by the key: once, however often it is tried.
fn email(template: &str, order: &Order, delivery: &Delivery) -> Emission {
    let email = json!({
        "orderId": order.order_id,
        "to": order.user_id,
        "template": template,
        "key": delivery.idempotency_key,
    });
    Emission::new("shop.email.queued.v1").subject(&order.order_id).json(&email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    #[test]
    fn each_fact_has_its_own_template_and_key() {
        let data = json!({ "orderId": "o-1", "userId": "u-1" });
        let placed = testing::run::<order>(&testing::event("shop.order.placed.v1", data.clone())).unwrap();
        let confirmed = testing::run::<confirmation>(&testing::event("shop.order.confirmed.v1", data)).unwrap();
        let email = |template, key| {
            Emission::new("shop.email.queued.v1").subject("o-1").json(&json!({ "orderId": "o-1", "to": "u-1", "template": template, "key": key }))
        };
        assert_eq!(placed, [email("order-received", "test-on-order")]);
        assert_eq!(confirmed, [email("order-confirmed", "test-on-confirmation")]);
    }
}
