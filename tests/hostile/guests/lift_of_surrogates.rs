//! Gives back text with half of a surrogate pair, as other encodings have it.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store (global.get $free) (i32.const 0x80a0ed))
            (i32.store offset=88 (global.get $emission) (i32.const 1))
            (i32.store offset=92 (global.get $emission) (i32.const 0))
            (i32.store offset=96 (global.get $emission) (global.get $free))
            (i32.store offset=100 (global.get $emission) (i32.const 3))
            (global.get $answer)
        ",
    )
    .expect(Expect::Dies("trapped", "utf-8"))
}
