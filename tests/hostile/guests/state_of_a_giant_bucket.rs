//! Opens a bucket by a name of 64 KiB.
//!
//! Stopped by the bound of a name.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (memory.fill (i32.const 40000) (i32.const 97) (i32.const 65536))
            (call $open (i32.const 40000) (i32.const 65536) (i32.const 16400))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", "255"))
    .settings("[grants]\nstate = true")
}
