//! Grows its memory until it is refused and writes to every page of it, then gives up.
//!
//! Stopped by its `memory`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop
                (if
                    (i32.ne (local.tee $i (memory.grow (i32.const 16))) (i32.const -1))
                    (then (memory.fill (i32.mul (local.get $i) (i32.const 65536)) (i32.const 7) (i32.const 1048576)) (br 1)))) unreachable
        ",
    )
    .expect(Expect::Dies("over-limit", "over its `memory`"))
}
