//! Writes by a key of 64 KiB.
//!
//! Stopped by the bound of a key.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (memory.fill (i32.const 40000) (i32.const 97) (i32.const 65536))
            (call $set (local.get $j) (i32.const 40000) (i32.const 65536) (i32.const 0) (i32.const 1) (i32.const 16400))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.set", "(func $set (param i32 i32 i32 i32 i32 i32))")
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", "1024"))
    .settings("[grants]\nstate = true")
}
