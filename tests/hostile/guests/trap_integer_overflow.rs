//! Divides the least number by minus one.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.div_s (i32.const 0x80000000) (i32.const -1))").expect(Expect::Dies("trapped", "integer overflow"))
}
