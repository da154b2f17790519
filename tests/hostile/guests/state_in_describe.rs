//! Opens its state while it is described.
//!
//! Stopped by the host, which refuses every grant there.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
        .describing(
            r"
            (call $open (i32.const 16384) (i32.const 1) (i32.const 16400))
            (if (i32.eqz (i32.load8_u (i32.const 16400))) (then unreachable))
        ",
        )
        .expect(Expect::Completes)
        .settings("[grants]\nstate = true")
}
