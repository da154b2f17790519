//! Calls nothing.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call_ref $nothing (ref.null $nothing)) (global.get $empty)")
        .items("(type $nothing (func))")
        .expect(Expect::Dies("trapped", "null"))
}
