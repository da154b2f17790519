//! Copies a table over itself, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 59999)) br 0) unreachable")
        .items("(table $t 60000 funcref)")
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
