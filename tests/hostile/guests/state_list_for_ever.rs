//! Lists its keys from cursors that it makes up, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (loop
                (global.set $heap (i32.const 32768))
                (call $list (local.get $j) (i32.const 1) (i64.const -1) (i32.const 16400))
                br
                0) unreachable
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.list-keys", "(func $list (param i32 i32 i64 i32))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
    .settings("[grants]\nstate = true")
}
