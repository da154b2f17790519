//! Two functions that end by calling each other: no loop, and no stack.
//!
//! Stopped by its `cpu`, looked at whenever a function is entered.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $a) unreachable")
        .items("(func $a (return_call $b)) (func $b (return_call $a))")
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
