//! Asks to be tried again in 584 years.
//!
//! Stopped by `delay_max`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store8 (global.get $empty) (i32.const 1))
            (i32.store8 offset=24 (global.get $empty) (i32.const 1))
            (i64.store offset=32 (global.get $empty) (i64.const -1))
            (global.get $empty)
        ",
    )
    .expect(Expect::Dies("retry", ""))
}
