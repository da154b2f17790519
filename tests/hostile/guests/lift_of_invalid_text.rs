//! Gives back a type that is no UTF-8.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store (global.get $free) (i32.const 0xfffefdfc))
            (i32.store (global.get $emission) (global.get $free))
            (i32.store offset=4 (global.get $emission) (i32.const 4))
            (global.get $answer)
        ",
    )
    .expect(Expect::Dies("trapped", "utf-8"))
}
