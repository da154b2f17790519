//! Waits for 300 timers at once, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop $make
                (i32.store (i32.add (global.get $free) (i32.mul (local.get $i) (i32.const 4))) (call $timer (i64.const -1)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $make (i32.lt_u (local.get $i) (i32.const 300))))
            (loop
                (global.set $heap (i32.const 32768))
                (call $poll (global.get $free) (i32.const 300) (i32.const 8500))
                br
                0) unreachable
        ",
    )
    .import("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", "(func $timer (param i64) (result i32))")
    .import("wasi:io/poll@0.2.0", "poll", "(func $poll (param i32 i32 i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
