//! Takes memory until there is none, and touches all of it.

use guests::EVENT;
use oyez_plugin::prelude::*;
use std::hint::black_box;

#[handler(on = EVENT)]
fn allocate() {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; 1 << 20]));
    }
}
plugin!(allocate);
