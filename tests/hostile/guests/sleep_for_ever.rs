//! Sleeps until the end of time by its own clock.
//!
//! Stopped by that clock, which the sleep moves on at once.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $block (call $timer (i64.const -1))) (global.get $empty)")
        .import("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", "(func $timer (param i64) (result i32))")
        .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
        .expect(Expect::Completes)
}
