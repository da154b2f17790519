//! Gives back two emissions, of which the second cannot be read.
//!
//! Stopped by the trap: nothing of the first counts.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=12 (global.get $answer) (i32.const 2))
            (i32.store8 offset=8 (i32.const 9072) (i32.const 9))
            (global.get $answer)
        ",
    )
    .expect(Expect::Dies("trapped", ""))
}
