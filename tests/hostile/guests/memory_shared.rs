//! Has a memory to be shared between threads.
//!
//! Stopped by the loader: there are no threads.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items("(memory 1 10 shared)").expect(Expect::Refused("invalid-component", "shared"))
}
