//! Calls the host while the host calls it, in the middle of being described.
//!
//! Stopped by the canonical ABI, which forbids it.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:clocks/monotonic-clock@0.2.0", "now", "(func $now (result i64))")
        .import("wasi:random/random@0.2.0", "get-random-bytes", "(func $bytes (param i64 i32))")
        .allocating("(drop (call $now))")
        .describing("(call $bytes (i64.const 16) (global.get $free))")
        .expect(Expect::Refused("describe-failed", "cannot leave component instance"))
}
