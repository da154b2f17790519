//! Asks for all the random bytes in the world.
//!
//! Stopped by the bound of one call.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $bytes (i64.const -1) (global.get $free)) unreachable")
        .import("wasi:random/random@0.2.0", "get-random-bytes", "(func $bytes (param i64 i32))")
        .expect(Expect::Dies("over-limit", "random bytes"))
}
