//! Answers every ping with a pong, and `ping` answers that: two that go on for ever.

use guests::{PING, PONG};
use oyez_plugin::prelude::*;

#[handler(on = PING, emits = PONG)]
fn pong(event: &Event) -> Emission {
    Emission { subject: event.subject.clone(), ..Emission::new(PONG) }
}
plugin!(pong);
