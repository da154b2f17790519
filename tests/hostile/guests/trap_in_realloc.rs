//! Traps when the host asks it for room.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().allocating("unreachable").expect(Expect::Dies("trapped", "unreachable"))
}
