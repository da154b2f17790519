//! Writes one value of 50 MiB.
//!
//! Stopped by what one crossing may carry.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::writing(
        r"
            (call $set
                (local.get $j)
                (i32.const 16384)
                (i32.const 1)
                (i32.const 0)
                (i32.const 50000000)
                (i32.const 16400))
        ",
    )
    .memory(r#"(memory (export "memory") 900)"#)
    .expect(Expect::Dies("over-limit", ""))
    .settings("[grants]\nstate = true")
}
