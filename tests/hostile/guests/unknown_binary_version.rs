//! Is a component of a version that there is not.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let mut guest = Plugin::default().expect(Expect::Refused("invalid-component", "kind"));
    guest.wasm[4] = 0xff;
    guest
}
