//! Keeps state though nobody granted it.
//!
//! Stopped by the loader, which names the line to add.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $open (i32.const 16384) (i32.const 1) (i32.const 16400)) (global.get $empty)")
        .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
        .expect(Expect::Refused("missing-grant", "state = true"))
}
