//! Makes nine hundred instances of a module.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    let text = format!("(component (core module $m) {})", "(core instance (instantiate $m))".repeat(900));
    Guest::text(&text, Expect::Refused("too-many-resources", ""))
}
