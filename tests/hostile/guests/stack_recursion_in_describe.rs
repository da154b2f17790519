//! Calls itself for ever while it is described.
//!
//! Stopped by the stack.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .items("(func $deep (call $deep) (call $deep))")
        .describing("(call $deep)")
        .expect(Expect::Refused("describe-failed", "call stack exhausted"))
}
