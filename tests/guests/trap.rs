//! Panics at every event.

use guests::EVENT;
use oyez_plugin::prelude::*;

#[handler(on = EVENT)]
fn trap() {
    panic!("this guest traps");
}
plugin!(trap);
