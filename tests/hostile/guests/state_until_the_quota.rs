//! Writes more than it may keep, in attempts that are each small enough.
//!
//! Stopped by its `state_bytes`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::writing(
        r"
            (i64.store
                (i32.const 16500)
                (i64.or (i64.const 0x4040404040404040) (i64.and (call $random) (i64.const 0x1f1f1f1f1f1f1f1f))))
            (call $set (local.get $j) (i32.const 16500) (i32.const 8) (i32.const 0) (i32.const 100000) (i32.const 16400))
        ",
    )
    .import("wasi:random/random@0.2.0", "get-random-u64", "(func $random (result i64))")
    .memory(r#"(memory (export "memory") 8)"#)
    .expect(Expect::Dies("over-limit", "`state_bytes`"))
    .settings("state_bytes = \"64KiB\"\n[grants]\nstate = true")
}
