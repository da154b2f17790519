//! Gives back one emission as large as its memory.
//!
//! Stopped by what one crossing may carry, before it is copied.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=88 (global.get $emission) (i32.const 1))
            (i32.store offset=92 (global.get $emission) (i32.const 1))
            (i32.store offset=96 (global.get $emission) (global.get $free))
            (i32.store offset=100 (global.get $emission) (i32.const 52428800))
            (global.get $answer)
        ",
    )
    .memory(r#"(memory (export "memory") 900)"#)
    .expect(Expect::Dies("over-limit", "at once"))
}
