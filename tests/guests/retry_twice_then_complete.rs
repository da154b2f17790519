//! Asks for two retries, and completes at the third attempt.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED, options(retry.delay = "10ms"))]
fn third_time_lucky(delivery: &Delivery) -> Result<Emission> {
    if delivery.attempt < 3 {
        return Err(Failure::retry(format!("attempt {} of 3", delivery.attempt)));
    }
    Ok(Emission::new(ECHOED).json(&json!({ "attempt": delivery.attempt })))
}
plugin!(third_time_lucky);
