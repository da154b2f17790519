//! Adds up what is sold in a day: how many payments, and what they come to. A day is one of UTC, and the one that the payment says it was made on.
//!
//! `shop.payment.completed.v1` -> `shop.sales.updated.v1`
//!
//! It keeps state: put `shop-analytics.toml` beside the `.wasm`.

mod day;
mod money;

use money::Money;
use oyez_plugin::prelude::*;
use oyez_plugin::serde_json::Number;

#[derive(Deserialize)]
struct Payment {
    amount: Number,
}

/// In one line, since all meet at the sum of the day: side by side they would only overtake each other.
#[handler(on = "shop.payment.completed.v1", emits = "shop.sales.updated.v1", options(ordering = "total"))]
fn payment(payment: Payment, event: &Event, delivery: &Delivery) -> Result<Emission> {
    let amount = Money::of(&payment.amount)?;
    let day = day::of(event.time.unwrap_or(delivery.accepted));
    let orders = state::bucket("orders")?.increment(&day, 1)?;
    let sum = Money::from_units(state::bucket("amounts")?.increment(&day, amount.units())?);
    // By hand: through a `Value` the sum would become an `f64`, and so another number.
    let sales = format!(r#"{{"day":"{day}","orders":{orders},"amount":{sum}}}"#);
    Ok(Emission::new("shop.sales.updated.v1").subject(day).text("application/json", sales))
}

plugin!(payment);

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::{Timestamp, testing};

    fn pay(seconds: Option<i64>, amount: &str) -> Result {
        let text = format!(r#"{{"orderId":"o-1","userId":"u-1","amount":{amount}}}"#);
        let time = seconds.map(|seconds| Timestamp { seconds, nanoseconds: 0 });
        let event = testing::event("shop.payment.completed.v1", json!(null));
        testing::run::<payment>(&Event { time, data: Some(Data::Text(text)), ..event })
    }

    fn sales(day: &str, orders: u32, amount: &str) -> Result {
        let data = format!(r#"{{"day":"{day}","orders":{orders},"amount":{amount}}}"#);
        Ok(vec![Emission::new("shop.sales.updated.v1").subject(day).text("application/json", data)])
    }

    #[test]
    fn each_day_has_a_sum_of_its_own() {
        assert_eq!(pay(Some(86_400), "13"), sales("1970-01-02", 1, "13"));
        assert_eq!(pay(Some(2 * 86_400 - 1), "6.5"), sales("1970-01-02", 2, "19.5"));
        assert_eq!(pay(Some(2 * 86_400), "1"), sales("1970-01-03", 1, "1"));
    }

    #[test]
    fn without_a_time_the_day_is_when_it_was_accepted() {
        assert_eq!(pay(None, "2.50"), sales("1970-01-01", 1, "2.5"));
    }

    #[test]
    fn sums_do_not_drift() {
        for paid in 1..1_000 {
            pay(Some(4 * 86_400), "0.1").unwrap_or_else(|failure| panic!("{paid}: {failure}"));
        }
        assert_eq!(pay(Some(4 * 86_400), "0.1"), sales("1970-01-05", 1_000, "100"));
        assert_eq!(pay(Some(5 * 86_400), "9999999999.99"), sales("1970-01-06", 1, "9999999999.99"));
        assert_eq!(pay(Some(5 * 86_400), "999999999.999999"), sales("1970-01-06", 2, "10999999999.989999"));
    }

    #[test]
    fn what_is_no_amount_is_rejected_and_not_counted() {
        for amount in ["-1", "1e300", "0.0000001", "\"12\""] {
            assert!(matches!(pay(Some(6 * 86_400), amount), Err(Failure::Reject(_))), "{amount}");
        }
        assert_eq!(pay(Some(6 * 86_400), "1"), sales("1970-01-07", 1, "1"));
    }
}
