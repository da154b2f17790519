//! Writes 50 MiB at once.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $write (call $stdout) (i32.const 0) (i32.const 50000000) (global.get $free)) unreachable")
        .import("wasi:cli/stdout@0.2.0", "get-stdout", "(func $stdout (result i32))")
        .import("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush", "(func $write (param i32 i32 i32 i32))")
        .memory(r#"(memory (export "memory") 900)"#)
        .expect(Expect::Dies("over-limit", "at once"))
}
