//! Is larger than any component may be, and nothing but zeros behind its head.
//!
//! Stopped by the loader, before a compiler sees it.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let mut guest = Plugin::default().expect(Expect::Refused("too-large", ""));
    guest.wasm.resize((64 << 20) + 1, 0);
    guest
}
