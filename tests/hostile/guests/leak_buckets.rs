//! Opens a bucket again and again and never closes it.
//!
//! Stopped by the number of resources that it may hold.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (call $open (i32.const 16384) (i32.const 1) (i32.const 16400)) br 0) unreachable")
        .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
        .expect(Expect::Dies("over-limit", "1000 resources"))
        .settings("[grants]\nstate = true")
}
