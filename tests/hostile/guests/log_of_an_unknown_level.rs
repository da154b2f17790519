//! Logs by a level that there is not.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $log (i32.const 77) (i32.const 0) (i32.const 0) (i32.const 8904) (i32.const 18)) unreachable")
        .import("wasi:logging/logging@0.1.0-draft", "log", "(func $log (param i32 i32 i32 i32 i32))")
        .expect(Expect::Dies("trapped", ""))
}
