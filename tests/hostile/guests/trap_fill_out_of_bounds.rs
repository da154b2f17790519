//! Fills beyond its memory.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(memory.fill (i32.const 65536) (i32.const 1) (i32.const -1)) (global.get $empty)")
        .expect(Expect::Dies("trapped", "out of bounds"))
}
