//! Describes itself by chance, so that each host or each load would see another plugin.
//!
//! Stopped by its randomness, which is the same in every `describe`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:random/random@0.2.0", "get-random-u64", "(func $random (result i64))")
        .describing("(if (i64.ne (call $random) (i64.const 0x903df1a0ade0b876)) (then unreachable))")
        .expect(Expect::Completes)
}
