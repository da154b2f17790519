//! Writes one value of 50 MiB.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (call $set
                (local.get $j)
                (i32.const 16384)
                (i32.const 1)
                (i32.const 0)
                (i32.const 50000000)
                (i32.const 16400))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.set", "(func $set (param i32 i32 i32 i32 i32 i32))")
    .memory(r#"(memory (export "memory") 900)"#)
    .expect(Expect::Dies("over-limit", ""))
    .settings("[grants]\nstate = true")
}
