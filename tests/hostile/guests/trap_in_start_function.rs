//! Traps before it is described.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items("(func $start unreachable) (start $start)").expect(Expect::Refused("describe-failed", "unreachable"))
}
