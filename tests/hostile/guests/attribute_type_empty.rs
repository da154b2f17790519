//! Emits an event without a type.
//!
//! Stopped by the rules of CloudEvents.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.store offset=4 (global.get $emission) (i32.const 0)) (global.get $answer)").expect(Expect::Dies("rejected", "`type`"))
}
