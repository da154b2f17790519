//! Handlers tried without a host: `testing::run::<payment>(&testing::event("shop.order.placed.v1", json!({…})))`.

use crate::{Data, Delivery, Event, Handler, Result, Timestamp};
use serde_json::Value;

/// An event of this type, with this data. Its `id` is `test`, its source `/test`; change what matters: `Event { subject: …, ..event }`.
#[must_use]
pub fn event(ty: &str, data: Value) -> Event {
    Event {
        id: "test".to_owned(),
        source: "/test".to_owned(),
        type_: ty.to_owned(),
        subject: None,
        time: None,
        datacontenttype: Some("application/json".to_owned()),
        dataschema: None,
        extensions: Vec::new(),
        data: Some(Data::Text(data.to_string())),
    }
}

/// The first attempt at the first event, accepted at 1970-01-01T00:00:00Z.
#[must_use]
pub fn delivery(subscription: &str) -> Delivery {
    Delivery {
        subscription: subscription.to_owned(),
        sequence: 1,
        accepted: Timestamp { seconds: 0, nanoseconds: 0 },
        partition_key: "test".to_owned(),
        attempt: 1,
        idempotency_key: format!("test-{subscription}"),
        replay: false,
        attributes: Vec::new(),
    }
}

/// Runs a handler on the event, as its first attempt. The filters are not asked.
///
/// # Errors
/// The data is not what the handler takes, or the handler itself failed.
pub fn run<H: Handler>(event: &Event) -> Result {
    H::handle(event, &delivery(H::NAME))
}
