//! Has a section that says it is four gigabytes long.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let mut guest = Plugin::default().expect(Expect::Refused("truncated", ""));
    guest.wasm.extend([0, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    guest
}
