//! Sleeps for a nanosecond, again and again, and cleans up after itself.
//!
//! Stopped by its `cpu`: a sleep costs no time, and its call does.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop (call $block (local.tee $i (call $timer (i64.const 1)))) (call $forget (local.get $i)) br 0) unreachable
        ",
    )
    .import("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", "(func $timer (param i64) (result i32))")
    .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
    .import("wasi:io/poll@0.2.0", "[resource-drop]pollable", "(func $forget (param i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
