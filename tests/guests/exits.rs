//! Leaves by `exit(3)` instead of returning.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[handler(on = EVENT)]
fn exit() {
    std::process::exit(3);
}
plugin!(exit);
