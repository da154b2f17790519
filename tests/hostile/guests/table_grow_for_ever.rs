//! Grows a table until it is refused, then gives up.
//!
//! Stopped by the bound of a table: it is told no.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable
        ",
    )
    .items("(table $t 1 funcref)")
    .expect(Expect::Dies("trapped", "unreachable"))
}
