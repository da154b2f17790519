//! Emits an event of the year five hundred billion.
//!
//! Stopped by the rules of CloudEvents.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=32 (global.get $emission) (i32.const 1))
            (i64.store offset=40 (global.get $emission) (i64.const 0x7fffffffffffffff))
            (global.get $answer)
        ",
    )
    .expect(Expect::Dies("rejected", "emission 1"))
}
