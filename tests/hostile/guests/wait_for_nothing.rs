//! Waits for the first of no things at all.
//!
//! Stopped by the host, for which an empty list is a trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $poll (i32.const 0) (i32.const 0) (global.get $free)) (global.get $empty)")
        .import("wasi:io/poll@0.2.0", "poll", "(func $poll (param i32 i32 i32))")
        .expect(Expect::Dies("trapped", "poll"))
}
