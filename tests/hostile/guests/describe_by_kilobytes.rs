//! Has a summary of five kilobytes.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().summary(&"a".repeat(5000)).expect(Expect::Refused("invalid-description", "5000"))
}
