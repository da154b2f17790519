//! Gives back a place that is not in its memory.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.const -8)").expect(Expect::Dies("trapped", ""))
}
