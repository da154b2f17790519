//! Takes 4 MiB more whenever the host asks it for room, so that a delivery of some strings costs hundreds.
//!
//! Stopped by its `memory`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .allocating("(if (i32.eq (memory.grow (i32.const 320)) (i32.const -1)) (then unreachable))")
        .expect(Expect::Dies("over-limit", "over its `memory`"))
}
