//! Is a component of a hundred thousand types.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    let types = "(type (list u8))".repeat(100_000);
    Guest::text(&format!("(component {types})"), Expect::Refused("no-handler", ""))
}
