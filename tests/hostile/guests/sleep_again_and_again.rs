//! Sleeps for a nanosecond, again and again, and drops no timer.
//!
//! Stopped by the number of resources that it may hold.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (call $block (call $timer (i64.const 1))) br 0) unreachable")
        .import("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", "(func $timer (param i64) (result i32))")
        .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
        .expect(Expect::Dies("over-limit", "resources"))
}
