//! Emits an event that names another cause than it has.
//!
//! Stopped by the host, which knows the cause itself.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=80 (global.get $emission) (i32.const 16500))
            (i32.store offset=84 (global.get $emission) (i32.const 1))
            (i32.store (i32.const 16500) (i32.const 16384))
            (i32.store offset=4 (i32.const 16500) (i32.const 11))
            (i32.store offset=12 (i32.const 16500) (i32.const 16400))
            (i32.store offset=16 (i32.const 16500) (i32.const 1))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "causationid") (data (i32.const 16400) "x")"#)
    .expect(Expect::Completes)
}
