//! Calls what is in a table by another type.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call_indirect $t (type $other) (f64.const 1) (i32.const 0)) (global.get $empty)")
        .items("(type $other (func (param f64))) (table $t funcref (elem $handle))")
        .expect(Expect::Dies("trapped", "indirect call type mismatch"))
}
