//! Makes timers and never drops one.
//!
//! Stopped by the number of resources that it may hold.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (drop (call $timer (i64.const 1))) br 0) unreachable")
        .import("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", "(func $timer (param i64) (result i32))")
        .expect(Expect::Dies("over-limit", "1000 resources"))
}
