//! Has a type of a list of a list of a list, a hundred thousand deep.
//!
//! Stopped by the validator.

use crate::hostile::{Expect, Guest};
use std::fmt::Write as _;

pub(super) fn guest(_: usize) -> Guest {
    let mut text = "(type $t0 (list u8))".to_owned();
    for at in 1..100_000 {
        let _ = write!(text, "(type $t{at} (list $t{}))", at - 1);
    }
    Guest::text(&format!("(component {text})"), Expect::Refused("invalid-component", ""))
}
