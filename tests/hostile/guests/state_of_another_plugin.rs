//! Looks for its neighbour's state under every name that it can think of.
//!
//! Stopped by its own state, which is all that there is.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (local.set $j (i32.load offset=4 (i32.const 16400)))
            (call $get (local.get $j) (i32.const 16450) (i32.const 18) (i32.const 16400))
            (if (i32.or (i32.load8_u (i32.const 16400)) (i32.load8_u offset=4 (i32.const 16400))) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
    .import("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.get", "(func $get (param i32 i32 i32 i32))")
    .items(r#"(data (i32.const 16450) "../neighbour/state")"#)
    .expect(Expect::Completes)
    .settings("[grants]\nstate = true")
}
