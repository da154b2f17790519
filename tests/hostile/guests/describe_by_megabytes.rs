//! Describes itself in ten megabytes.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .memory(r#"(memory (export "memory") 200)"#)
        .describing(
            r"
            (memory.fill (i32.const 65536) (i32.const 97) (i32.const 10000000))
            (i32.store (i32.const 1040) (i32.const 65536))
            (i32.store (i32.const 1044) (i32.const 10000000))
        ",
        )
        .expect(Expect::Refused("describe-failed", "at once"))
}
