//! Has ten thousand components side by side.
//!
//! Stopped by the validator.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    let text = format!("(component {})", "(component)".repeat(10_000));
    Guest::text(&text, Expect::Refused("invalid-component", ""))
}
