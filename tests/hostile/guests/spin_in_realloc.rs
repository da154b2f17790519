//! Never gives the host the memory that it asks for to put the event in.
//!
//! Stopped by its `cpu`, which spans the lowering of the event.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().allocating("(loop br 0)").expect(Expect::Dies("over-limit", "used its `cpu`"))
}
