//! Behaves when it is described, which it tells by its randomness, and never gets through its start function after that.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:random/random@0.2.0", "get-random-u64", "(func $random (result i64))")
        .items("(func $start (loop (br_if 0 (i64.ne (call $random) (i64.const 0x903df1a0ade0b876))))) (start $start)")
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
