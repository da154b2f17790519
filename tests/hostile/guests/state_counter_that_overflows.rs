//! Counts beyond the largest number.
//!
//! Stopped by the store, which says so, or the attempt, which ends.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (call $increment (local.get $j) (i32.const 16384) (i32.const 1) (i64.const -1) (i32.const 16400))
            (call $increment (local.get $j) (i32.const 16384) (i32.const 1) (i64.const -1) (i32.const 16400))
            (if (i32.eqz (i32.load8_u (i32.const 16400))) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/atomics@0.2.0-draft", "increment", "(func $increment (param i32 i32 i32 i64 i32))")
    .expect(Expect::Completes)
    .settings("[grants]\nstate = true")
}
