//! Gives back a type that ends beyond its memory.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.store offset=4 (global.get $emission) (i32.const -1)) (global.get $answer)").expect(Expect::Dies("trapped", ""))
}
