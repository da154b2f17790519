//! Divides as slowly as the processor can, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (local.set $long (i64.const -1))
            (loop (local.set $long (i64.or (i64.const -4294967296) (i64.div_u (i64.const -1) (local.get $long)))) br 0) unreachable
        ",
    )
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
