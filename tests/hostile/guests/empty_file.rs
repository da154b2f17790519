//! Is empty.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    Guest::bytes("", Expect::Refused("truncated", ""))
}
