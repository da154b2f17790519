//! Opens standard error again and again and never closes it.
//!
//! Stopped by the number of resources that it may hold.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (drop (call $stderr)) br 0) unreachable")
        .import("wasi:cli/stderr@0.2.0", "get-stderr", "(func $stderr (result i32))")
        .expect(Expect::Dies("over-limit", "1000 resources"))
}
