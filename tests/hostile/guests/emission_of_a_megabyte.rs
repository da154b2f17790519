//! Gives back one emission that is larger than an event can be.
//!
//! Stopped by the bound of every event.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=88 (global.get $emission) (i32.const 1))
            (i32.store offset=92 (global.get $emission) (i32.const 1))
            (i32.store offset=96 (global.get $emission) (global.get $free))
            (i32.store offset=100 (global.get $emission) (i32.const 1000000))
            (global.get $answer)
        ",
    )
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", "limit of 921600"))
}
