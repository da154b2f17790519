//! Reads beyond its memory.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.load (i32.const -4))").expect(Expect::Dies("trapped", "out of bounds"))
}
