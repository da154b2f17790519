//! Has a hundred memories.
//!
//! Stopped by the loader: an instance may have a few.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let many = "(memory 1)".repeat(99);
    Plugin::default().items(&many).expect(Expect::Refused("too-many-resources", "memories"))
}
