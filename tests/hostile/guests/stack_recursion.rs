//! Calls itself for ever.
//!
//! Stopped by the stack.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $handle (local.get $args))").expect(Expect::Dies("trapped", "call stack exhausted"))
}
