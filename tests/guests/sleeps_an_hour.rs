//! Sleeps for an hour by its own clock, and says how long that was.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;
use std::time::Instant;

#[allow(clippy::disallowed_methods, reason = "sleeping is what it is for")]
#[handler(on = EVENT, emits = ECHOED)]
fn sleep() -> Emission {
    let begun = Instant::now();
    std::thread::sleep(Duration::from_secs(3_600));
    Emission::new(ECHOED).json(&json!({ "sleptSeconds": begun.elapsed().as_secs() }))
}
plugin!(sleep);
