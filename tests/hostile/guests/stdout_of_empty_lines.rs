//! Writes nothing but ends of lines: as many lines as bytes.
//!
//! Stopped by its `cpu`; of what it says 16 KiB are kept.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (memory.fill (i32.const 40000) (i32.const 10) (i32.const 4096))
            (local.set $i (call $stdout))
            (loop (call $write (local.get $i) (i32.const 40000) (i32.const 4096) (global.get $free)) br 0) unreachable
        ",
    )
    .import("wasi:cli/stdout@0.2.0", "get-stdout", "(func $stdout (result i32))")
    .import("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush", "(func $write (param i32 i32 i32 i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
