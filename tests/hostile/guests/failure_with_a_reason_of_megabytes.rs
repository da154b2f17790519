//! Rejects, and gives a reason of a megabyte.
//!
//! Stopped by the host, which keeps 4 KiB.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (memory.fill (global.get $free) (i32.const 97) (i32.const 1000000))
            (i32.store8 (global.get $empty) (i32.const 1))
            (i32.store8 offset=8 (global.get $empty) (i32.const 1))
            (i32.store offset=16 (global.get $empty) (global.get $free))
            (i32.store offset=20 (global.get $empty) (i32.const 1000000))
            (global.get $empty)
        ",
    )
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("rejected", "aaaa"))
}
