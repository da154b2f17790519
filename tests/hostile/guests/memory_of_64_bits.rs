//! Begins with a memory of 256 terabytes, by 64-bit addresses.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items("(memory i64 0x100000000)").expect(Expect::Refused("too-many-resources", ""))
}
