//! Emits a fact whose extension has a name that CloudEvents do not allow.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED)]
fn invalid() -> Emission {
    Emission::new(ECHOED).extension("Not-A-Name", true)
}
plugin!(invalid);
