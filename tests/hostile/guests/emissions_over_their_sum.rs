//! Gives back three emissions, each of them small enough.
//!
//! Stopped by its `emission_bytes`, which is their sum.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=88 (global.get $emission) (i32.const 1))
            (i32.store offset=92 (global.get $emission) (i32.const 1))
            (i32.store offset=96 (global.get $emission) (global.get $free))
            (i32.store offset=100 (global.get $emission) (i32.const 400000))
            (memory.copy (i32.const 9072) (global.get $emission) (i32.const 112))
            (memory.copy (i32.const 9184) (global.get $emission) (i32.const 112))
            (i32.store offset=12 (global.get $answer) (i32.const 3))
            (global.get $answer)
        ",
    )
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", "`emission_bytes`"))
}
