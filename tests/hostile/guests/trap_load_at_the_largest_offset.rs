//! Reads at the highest address that can be written down.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.load offset=0xffffffff (i32.const -1))").expect(Expect::Dies("trapped", "out of bounds"))
}
