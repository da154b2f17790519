//! Calls what stands beyond a table.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call_indirect $t (type $nothing) (i32.const 9)) (global.get $empty)")
        .items("(type $nothing (func)) (table $t 1 funcref)")
        .expect(Expect::Dies("trapped", "undefined element"))
}
