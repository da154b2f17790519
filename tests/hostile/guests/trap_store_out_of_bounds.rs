//! Writes beyond its memory.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i64.store (i32.const -8) (i64.const 1)) (global.get $empty)").expect(Expect::Dies("trapped", "out of bounds"))
}
