//! Rejects the events whose data says so, unless its operator says that it is mended; echoes the others.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[derive(Deserialize)]
struct Fact {
    bad: bool,
}

#[handler(on = EVENT, emits = ECHOED)]
fn pick(fact: Fact) -> Result<Emission> {
    if fact.bad && config::get("mended").is_none() {
        return Err(Failure::reject("this one is bad"));
    }
    Ok(Emission::new(ECHOED))
}
plugin!(pick);
