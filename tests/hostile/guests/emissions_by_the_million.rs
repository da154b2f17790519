//! Gives back a million emissions, all of them the same few bytes of its memory.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.store offset=12 (global.get $answer) (i32.const 500000)) (global.get $answer)")
        .memory(r#"(memory (export "memory") 900)"#)
        .expect(Expect::Dies("over-limit", "at once"))
}
