//! Completes, and has nothing to say.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[handler(on = EVENT)]
fn nothing() {}
plugin!(nothing);
