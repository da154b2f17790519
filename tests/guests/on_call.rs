//! Lets one of two doctors go home if the other one stays: it reads both keys and writes one, which is where a snapshot alone goes wrong.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[derive(Deserialize)]
struct Leave {
    shift: String,
    doctor: String,
}

#[handler(on = EVENT, emits = ECHOED)]
fn leave(leave: Leave) -> Result<Option<Emission>> {
    let away = state::bucket(&leave.shift)?;
    let gone = |doctor: &str| away.get::<bool>(doctor).map(Option::unwrap_or_default);
    if gone("alice")? || gone("bob")? {
        return Ok(None);
    }
    away.set(&leave.doctor, &true)?;
    Ok(Some(Emission::new(ECHOED).json(&json!({ "shift": leave.shift, "left": leave.doctor }))))
}
plugin!(leave);
