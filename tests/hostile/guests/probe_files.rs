//! Looks for folders.
//!
//! Stopped by the file system, which has none.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (call $dirs (global.get $free))
            (if (i32.load offset=4 (global.get $free)) (then unreachable))
            (global.get $empty)
        ",
    )
    .import("wasi:filesystem/preopens@0.2.0", "get-directories", "(func $dirs (param i32))")
    .expect(Expect::Completes)
}
