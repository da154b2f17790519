//! Has a component that makes two of a component that makes two of a component: a billion laughs.
//!
//! Stopped by the loader, once it has counted what comes out: how deep it goes is how many bits the size of a bomb has.

use crate::hostile::{Guest, bomb};
use std::fmt::Write as _;

pub(super) fn guest(bytes: usize) -> Guest {
    let depth = bytes.ilog2();
    let mut text = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for at in 1..depth {
        let _ = write!(
            text,
            "(component $c{at} (alias outer 1 $c{0} (component $c{0})) (instance (instantiate $c{0})) (instance (instantiate $c{0})))",
            at - 1
        );
    }
    Guest::text(&format!("(component {text} (instance (instantiate $c{})))", depth - 1), bomb::EXPECT)
}
