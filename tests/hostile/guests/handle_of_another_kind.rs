//! Waits for a stream as if it were a timer.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $block (call $stderr)) unreachable")
        .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
        .import("wasi:cli/stderr@0.2.0", "get-stderr", "(func $stderr (result i32))")
        .expect(Expect::Dies("trapped", "handle"))
}
