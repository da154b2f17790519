//! Counts its events in its own state, by the name that they give, and says each count. It takes the grant `state = true`.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED)]
fn count(event: &Event) -> Result<Emission> {
    let counter = match event.extension("counter") {
        Some(AttributeValue::String(name)) => name.as_str(),
        _ => "all",
    };
    let count = state::bucket("counters")?.increment(counter, 1)?;
    Ok(Emission::new(ECHOED).json(&json!({ "counter": counter, "count": count })))
}
plugin!(count);
