//! Has a section whose size is a number without an end.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let mut guest = Plugin::default().expect(Expect::Refused("truncated", ""));
    guest.wasm.extend([0; 1].into_iter().chain([0x80; 64]));
    guest
}
