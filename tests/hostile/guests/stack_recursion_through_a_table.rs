//! Two functions that call each other through a table for ever.
//!
//! Stopped by the stack.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $a) unreachable")
        .items(
            r"
            (type $nothing (func))
            (table $t funcref (elem $a $b))
            (func $a (call_indirect $t (type $nothing) (i32.const 1)) (call_indirect $t (type $nothing) (i32.const 1)))
            (func $b (call_indirect $t (type $nothing) (i32.const 0)) (call_indirect $t (type $nothing) (i32.const 0)))
        ",
        )
        .expect(Expect::Dies("trapped", "call stack exhausted"))
}
