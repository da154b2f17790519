//! Leaves a mark in its memory, for the next attempt to find.
//!
//! Stopped by its instance, which is a fresh one.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (if (i32.load (i32.const 100000)) (then unreachable))
            (i32.store (i32.const 100000) (i32.const 1))
            (global.get $empty)
        ",
    )
    .expect(Expect::Completes)
}
