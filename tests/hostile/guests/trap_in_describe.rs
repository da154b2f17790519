//! Traps while it is described.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().describing("unreachable").expect(Expect::Refused("describe-failed", "unreachable"))
}
