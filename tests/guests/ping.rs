//! Answers every pong with a ping, and `pong` answers that: two that go on for ever.

use guests::{EVENT, PING, PONG};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = PING)]
fn first(event: &Event) -> Emission {
    Emission { subject: event.subject.clone(), ..Emission::new(PING) }
}

#[handler(on = PONG, emits = PING)]
fn again(event: &Event) -> Emission {
    Emission { subject: event.subject.clone(), ..Emission::new(PING) }
}
plugin!(first, again);
