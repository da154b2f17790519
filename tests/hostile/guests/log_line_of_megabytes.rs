//! Logs one line as large as its memory.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 50000000)) unreachable")
        .import("wasi:logging/logging@0.1.0-draft", "log", "(func $log (param i32 i32 i32 i32 i32))")
        .memory(r#"(memory (export "memory") 900)"#)
        .expect(Expect::Dies("over-limit", "at once"))
}
