//! Throws an exception.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(throw $e) (global.get $empty)").items("(tag $e)").expect(Expect::Dies("trapped", "exception"))
}
