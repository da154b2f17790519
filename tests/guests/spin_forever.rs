//! Never returns, and never asks the host for anything.

use guests::EVENT;
use oyez_plugin::prelude::*;
use std::hint::black_box;

#[handler(on = EVENT)]
fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns).wrapping_add(1);
    }
}
plugin!(spin);
