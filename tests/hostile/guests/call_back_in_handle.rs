//! Calls the host while the host puts the event into its memory.
//!
//! Stopped by the canonical ABI, which forbids it.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:clocks/monotonic-clock@0.2.0", "now", "(func $now (result i64))")
        .allocating("(drop (call $now))")
        .expect(Expect::Dies("trapped", "cannot leave component instance"))
}
