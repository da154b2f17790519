//! Has a version of a thousand bytes.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().versioned(&"1".repeat(1000)).expect(Expect::Refused("invalid-description", "1000"))
}
