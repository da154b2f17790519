//! Ends in the middle.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let mut guest = Plugin::default().expect(Expect::Refused("truncated", ""));
    guest.wasm.truncate(guest.wasm.len() / 2);
    guest
}
