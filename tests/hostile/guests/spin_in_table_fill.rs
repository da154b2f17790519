//! Fills a table of 60,000, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (table.fill $t (i32.const 0) (ref.func $handle) (i32.const 60000)) br 0) unreachable")
        .items("(table $t 60000 funcref) (elem declare func $handle)")
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
