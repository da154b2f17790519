//! Asks for another attempt, which it tells by its number, and never returns from that.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (if
                (i32.eq (i32.load offset=152 (local.get $args)) (i32.const 1))
                (then (i32.store8 (global.get $empty) (i32.const 1)) (return (global.get $empty))))
            (loop br 0) unreachable
        ",
    )
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
