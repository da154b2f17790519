//! Writes to standard error, again and again.
//!
//! Stopped by its `cpu`; of what it says 16 KiB are kept.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (local.set $i (call $stderr))
            (loop (call $write (local.get $i) (i32.const 0) (i32.const 4096) (global.get $free)) br 0) unreachable
        ",
    )
    .import("wasi:cli/stderr@0.2.0", "get-stderr", "(func $stderr (result i32))")
    .import("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush", "(func $write (param i32 i32 i32 i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
