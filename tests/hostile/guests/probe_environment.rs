//! Looks for variables and arguments.
//!
//! Stopped by the environment, which is empty.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $env (global.get $free))
            (call $arg (i32.const 16400))
            (if (i32.or (i32.load offset=4 (global.get $free)) (i32.load offset=4 (i32.const 16400))) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:cli/environment@0.2.0", "get-environment", "(func $env (param i32))")
    .import("wasi:cli/environment@0.2.0", "get-arguments", "(func $arg (param i32))")
    .expect(Expect::Completes)
}
