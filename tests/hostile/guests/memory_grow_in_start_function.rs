//! Grows its memory until it is refused before it is described, then gives up.
//!
//! Stopped by its `memory`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .items(
            r"
            (func $start (loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable)
            (start $start)
        ",
        )
        .expect(Expect::Refused("describe-failed", "over its `memory`"))
}
