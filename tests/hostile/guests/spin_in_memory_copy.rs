//! Copies 30 MiB, again and again: an instruction that no epoch interrupts.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (memory.copy (i32.const 0) (i32.const 31457281) (i32.const 31457279)) br 0) unreachable")
        .memory(r#"(memory (export "memory") 960)"#)
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
