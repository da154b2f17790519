//! Divides by zero.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.div_u (i32.const 1) (i32.const 0))").expect(Expect::Dies("trapped", "divide by zero"))
}
