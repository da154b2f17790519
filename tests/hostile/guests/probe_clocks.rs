//! Measures how long things take, by all clocks that it has.
//!
//! Stopped by its clocks, which move by its own reads alone.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (local.set $long (call $now))
            (memory.fill (i32.const 0x20000) (i32.const 7) (i32.const 1000000))
            (if (i64.ne (i64.sub (call $now) (local.get $long)) (i64.const 1000)) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:clocks/monotonic-clock@0.2.0", "now", "(func $now (result i64))")
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Completes)
}
