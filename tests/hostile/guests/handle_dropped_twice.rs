//! Drops a resource twice.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (local.set $i (call $timer (i64.const 1)))
            (call $forget (local.get $i))
            (call $forget (local.get $i)) unreachable
        ",
    )
    .import("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", "(func $timer (param i64) (result i32))")
    .import("wasi:io/poll@0.2.0", "[resource-drop]pollable", "(func $forget (param i32))")
    .expect(Expect::Dies("trapped", "handle"))
}
