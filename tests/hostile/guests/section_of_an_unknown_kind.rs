//! Has a section of a kind that there is not.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().expect(Expect::Refused("invalid-component", "")).with_section(99, b"surprise")
}
