//! Makes an integer of what is no number.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.trunc_f64_s (f64.const nan))").expect(Expect::Dies("trapped", "invalid conversion"))
}
