//! Reads standard input, and waits until somebody types.
//!
//! Stopped by the input, which is closed.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $read (call $stdin) (i64.const 4096) (global.get $free))
            (if (i32.ne (i32.load8_u (global.get $free)) (i32.const 1)) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:cli/stdin@0.2.0", "get-stdin", "(func $stdin (result i32))")
    .import("wasi:io/streams@0.2.0", "[method]input-stream.blocking-read", "(func $read (param i32 i64 i32))")
    .expect(Expect::Completes)
}
