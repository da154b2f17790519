//! Gives back a type that begins at the end of the address space, and goes on at its start.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store (global.get $emission) (i32.const -8))
            (i32.store offset=4 (global.get $emission) (i32.const 16))
            (global.get $answer)
        ",
    )
    .expect(Expect::Dies("trapped", ""))
}
