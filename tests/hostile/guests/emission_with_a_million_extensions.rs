//! Gives back an emission with a million extension attributes.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=80 (global.get $emission) (global.get $free))
            (i32.store offset=84 (global.get $emission) (i32.const 1000000))
            (global.get $answer)
        ",
    )
    .memory(r#"(memory (export "memory") 900)"#)
    .expect(Expect::Dies("over-limit", "at once"))
}
