//! Takes nearly all that it may have for its memory, and then a table.
//!
//! Stopped by its `memory`, which is the sum of both.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (if (i32.eq (i32.const -1) (memory.grow (i32.const 1015))) (then (return (global.get $empty))))
            (if (i32.eq (i32.const -1) (table.grow $t (ref.null func) (i32.const 65000))) (then unreachable))
            (global.get $empty)
        ",
    )
    .items("(table $t 1 funcref)")
    .expect(Expect::Dies("over-limit", "over its `memory`"))
}
