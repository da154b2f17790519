//! Has a type of two of a type of two of a type, thirty deep.
//!
//! Stopped by the validator, which counts how large a type comes out.

use crate::hostile::{Expect, Guest};
use std::fmt::Write as _;

pub(super) fn guest(_: usize) -> Guest {
    let mut text = "(type $t0 (tuple u8 u8))".to_owned();
    for at in 1..30 {
        let _ = write!(text, "(type $t{at} (tuple $t{0} $t{0}))", at - 1);
    }
    Guest::text(&format!("(component {text})"), Expect::Refused("invalid-component", "type size"))
}
