//! Gives back more emissions than there are bytes.
//!
//! Stopped by the trap, before room is made for them.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.store offset=12 (global.get $answer) (i32.const -1)) (global.get $answer)").expect(Expect::Dies("trapped", ""))
}
