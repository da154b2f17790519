//! Gives back neither ok nor an error.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.store8 (global.get $empty) (i32.const 9)) (global.get $empty)").expect(Expect::Dies("trapped", ""))
}
