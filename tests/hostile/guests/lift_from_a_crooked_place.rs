//! Gives back a place where no answer may begin.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.const 8193)").expect(Expect::Dies("trapped", ""))
}
