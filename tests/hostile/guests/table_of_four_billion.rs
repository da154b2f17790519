//! Begins with a table of four billion elements.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items("(table 0xffffffff funcref)").expect(Expect::Refused("too-many-resources", ""))
}
