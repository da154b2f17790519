//! Writes keys of two bytes with nothing in them, of which a host would have to keep far more than they come to.
//!
//! Stopped by its `state_bytes`, which count 64 bytes for each key on top.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (loop
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (i32.store8 (i32.const 16500) (i32.add (i32.const 33) (i32.rem_u (local.get $i) (i32.const 90))))
                (i32.store8
                    (i32.const 16501)
                    (i32.add (i32.const 33) (i32.rem_u (i32.div_u (local.get $i) (i32.const 90)) (i32.const 90))))
                (call $set (local.get $j) (i32.const 16500) (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16400))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const 890))))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.set", "(func $set (param i32 i32 i32 i32 i32 i32))")
    .expect(Expect::Dies("over-limit", "`state_bytes`"))
    .settings("state_bytes = \"32KiB\"\n[grants]\nstate = true")
}
