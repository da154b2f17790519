//! Asks for the time, again and again: calls of the host that are over at once.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (drop (call $now)) br 0) unreachable")
        .import("wasi:clocks/monotonic-clock@0.2.0", "now", "(func $now (result i64))")
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
