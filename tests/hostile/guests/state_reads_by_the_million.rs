//! Asks for a million keys at once, all of them the same few bytes of its memory.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (call $many (local.get $j) (i32.const 100000) (i32.const 1000000) (i32.const 16400))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/batch@0.2.0-draft", "get-many", "(func $many (param i32 i32 i32 i32))")
    .memory(r#"(memory (export "memory") 900)"#)
    .expect(Expect::Dies("over-limit", ""))
    .settings("[grants]\nstate = true")
}
