//! Answers every event with another of the same kind: a chain without end.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = EVENT)]
fn again(event: &Event) -> Emission {
    Emission { subject: event.subject.clone(), ..Emission::new(EVENT) }
}
plugin!(again);
