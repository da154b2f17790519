//! Emits one fact whose data alone is a byte over 900 KiB.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED)]
fn giant() -> Emission {
    Emission::new(ECHOED).bytes("application/octet-stream", vec![0; 900 * 1024 + 1])
}
plugin!(giant);
