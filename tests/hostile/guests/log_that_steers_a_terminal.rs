//! Logs what would clear the screen of whoever reads it, and forges a line.
//!
//! Stopped by the host's log, which shows it as text.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $log (i32.const 4) (i32.const 0) (i32.const 0) (global.get $free) (i32.const 44))
            (global.get $empty)
        ",
    )
    .import("wasi:logging/logging@0.1.0-draft", "log", "(func $log (param i32 i32 i32 i32 i32))")
    .items(r#"(data (i32.const 16384) "\1b[2J\1b]0;steered\07\0a2026-01-01 ERROR forged line")"#)
    .expect(Expect::Completes)
}
