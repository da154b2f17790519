//! Counts its events in its own state, which takes the grant `state = true`.

use guests::{ECHOED, EVENT};
use oyez_plugin::bindings::wasi::keyvalue::{atomics, store};
use oyez_plugin::prelude::*;

#[handler(on = EVENT, emits = ECHOED)]
fn count() -> Result<Emission> {
    let bucket = store::open("")?;
    let count = atomics::increment(&bucket, "count", 1)?;
    Ok(Emission::new(ECHOED).json(&json!({ "count": count })))
}
plugin!(count);
