//! Asks for 64 KiB of random bytes, again and again, and makes room for them each time.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop (global.set $heap (i32.const 32768)) (call $bytes (i64.const 65536) (global.get $free)) br 0) unreachable
        ",
    )
    .import("wasi:random/random@0.2.0", "get-random-bytes", "(func $bytes (param i64 i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
