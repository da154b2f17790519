//! Says that its name is its neighbour's.
//!
//! Stopped by the folder, which decides what it is called.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().named("neighbour").expect(Expect::Completes)
}
