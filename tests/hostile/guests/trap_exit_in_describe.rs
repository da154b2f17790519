//! Leaves by an exit while it is described.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:cli/exit@0.2.0", "exit", "(func $exit (param i32))")
        .describing("(call $exit (i32.const 0))")
        .expect(Expect::Refused("describe-failed", "exited with 0"))
}
