//! Waits for a resource that nobody gave it.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $block (i32.const 12345)) unreachable")
        .import("wasi:io/poll@0.2.0", "[method]pollable.block", "(func $block (param i32))")
        .expect(Expect::Dies("trapped", "handle"))
}
