//! Has a hundred tables.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let many = "(table 1 funcref)".repeat(100);
    Plugin::default().items(&many).expect(Expect::Refused("too-many-resources", "tables"))
}
