//! Calls through a table, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (call_indirect $t (type $nothing) (i32.const 0)) br 0) unreachable")
        .items("(type $nothing (func)) (table $t funcref (elem $nop)) (func $nop)")
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
