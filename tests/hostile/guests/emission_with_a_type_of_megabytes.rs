//! Gives back an emission whose type is a megabyte long.
//!
//! Stopped by the bound of every event.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (memory.fill (global.get $free) (i32.const 97) (i32.const 1000000))
            (i32.store (global.get $emission) (global.get $free))
            (i32.store offset=4 (global.get $emission) (i32.const 1000000))
            (global.get $answer)
        ",
    )
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", "limit of 921600"))
}
