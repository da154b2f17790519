//! Writes by a key of 64 KiB.
//!
//! Stopped by the bound of a key.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::writing(
        r"
            (memory.fill (i32.const 40000) (i32.const 97) (i32.const 65536))
            (call $set (local.get $j) (i32.const 40000) (i32.const 65536) (i32.const 0) (i32.const 1) (i32.const 16400))
        ",
    )
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", "1024"))
    .settings("[grants]\nstate = true")
}
