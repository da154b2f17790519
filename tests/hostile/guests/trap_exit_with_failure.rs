//! Leaves by an exit.
//!
//! Stopped by the host.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $exit (i32.const 1)) unreachable")
        .import("wasi:cli/exit@0.2.0", "exit", "(func $exit (param i32))")
        .expect(Expect::Dies("trapped", "exited with 1"))
}
