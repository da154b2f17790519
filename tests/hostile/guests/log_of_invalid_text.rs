//! Logs what is no UTF-8.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store (global.get $free) (i32.const 0xfffefdfc))
            (call $log (i32.const 2) (i32.const 0) (i32.const 0) (global.get $free) (i32.const 4)) unreachable
        ",
    )
    .import("wasi:logging/logging@0.1.0-draft", "log", "(func $log (param i32 i32 i32 i32 i32))")
    .expect(Expect::Dies("trapped", "utf-8"))
}
