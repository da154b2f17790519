//! Begins with three memories of a gigabyte each.
//!
//! Stopped by the loader: a module may have one memory.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items("(memory 16384) (memory 16384) (memory 16384)").expect(Expect::Refused("too-many-resources", "memories"))
}
