//! Reads beyond an array.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(drop (array.get $longs (array.new_default $longs (i32.const 1)) (i32.const 1))) (global.get $empty)")
        .items("(type $longs (array i64))")
        .expect(Expect::Dies("trapped", "out of bounds array access"))
}
