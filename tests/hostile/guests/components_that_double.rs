//! Has a component that makes two of a component that makes two of a component, twenty-four deep: a billion laughs.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};
use std::fmt::Write as _;

pub(super) fn guest(_: usize) -> Guest {
    let mut text = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for at in 1..10 {
        let _ = write!(
            text,
            "(component $c{at} (alias outer 1 $c{0} (component $c{0})) (instance (instantiate $c{0})) (instance (instantiate $c{0})))",
            at - 1
        );
    }
    Guest::text(&format!("(component {text} (instance (instantiate $c{})))", 10 - 1), Expect::Refused("too-many-resources", ""))
}
