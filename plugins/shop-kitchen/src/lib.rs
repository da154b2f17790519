//! Opens a ticket for an order, and confirms the order once it is paid. It knows the facts, not who states them.
//!
//! `shop.order.placed.v1` -> `shop.kitchen.ticket-opened.v1`, `shop.payment.completed.v1` -> `shop.order.confirmed.v1`

use oyez_plugin::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    sku: String,
    quantity: u32,
}

#[handler(on = "shop.order.placed.v1", emits = "shop.kitchen.ticket-opened.v1")]
fn order(order: Order) -> Emission {
    let ticket = json!({ "orderId": order.order_id, "items": order.items });
    Emission::new("shop.kitchen.ticket-opened.v1").subject(&order.order_id).json(&ticket)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    order_id: String,
    user_id: String,
}

#[handler(on = "shop.payment.completed.v1", emits = "shop.order.confirmed.v1")]
fn payment(payment: Payment) -> Emission {
    let confirmed = json!({ "orderId": payment.order_id, "userId": payment.user_id });
    Emission::new("shop.order.confirmed.v1").subject(&payment.order_id).json(&confirmed)
}

plugin!(order, payment);

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    #[test]
    fn a_ticket_says_what_to_cook_and_not_what_it_costs() {
        let order = json!({ "orderId": "o-1", "userId": "u-1", "items": [{ "sku": "soup", "quantity": 2, "price": 6.5 }], "amount": 13 });
        let emissions = testing::run::<super::order>(&testing::event("shop.order.placed.v1", order)).unwrap();
        let ticket = json!({ "orderId": "o-1", "items": [{ "sku": "soup", "quantity": 2 }] });
        assert_eq!(emissions, [Emission::new("shop.kitchen.ticket-opened.v1").subject("o-1").json(&ticket)]);
    }

    #[test]
    fn a_paid_order_is_confirmed() {
        let paid = testing::event("shop.payment.completed.v1", json!({ "orderId": "o-1", "userId": "u-1", "amount": 13 }));
        assert_eq!(testing::run::<payment>(&paid).unwrap()[0].type_, "shop.order.confirmed.v1");
    }
}
