//! Goes on asking for memory though it is refused.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (drop (memory.grow (i32.const 1000))) br 0) unreachable").expect(Expect::Dies("over-limit", "used its `cpu`"))
}
