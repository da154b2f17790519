//! Logs a line, again and again.
//!
//! Stopped by its `cpu`; of what it says 16 KiB are kept.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 8904) (i32.const 18)) br 0) unreachable
        ",
    )
    .import("wasi:logging/logging@0.1.0-draft", "log", "(func $log (param i32 i32 i32 i32 i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
