//! Says that it cannot be here.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("unreachable").expect(Expect::Dies("trapped", "unreachable"))
}
