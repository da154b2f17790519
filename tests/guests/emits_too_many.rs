//! Emits a thousand facts at once: more than any limit allows.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED)]
fn too_many() -> Vec<Emission> {
    (0..1_000).map(|n| Emission::new(ECHOED).json(&n)).collect()
}
plugin!(too_many);
