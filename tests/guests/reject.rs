//! Rejects every event.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[handler(on = EVENT)]
fn reject() -> Result<()> {
    Err(Failure::reject("this guest takes nothing"))
}
plugin!(reject);
