//! Asks to be tried again at once, for ever.
//!
//! Stopped by the number of attempts.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store8 (global.get $empty) (i32.const 1))
            (i32.store8 offset=24 (global.get $empty) (i32.const 1))
            (global.get $empty)
        ",
    )
    .expect(Expect::Dies("retry", ""))
}
