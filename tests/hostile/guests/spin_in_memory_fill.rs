//! Fills 60 MiB, again and again: an instruction that no epoch interrupts.
//!
//! Stopped by its `cpu`, looked at before each; its `memory` bounds how long one takes.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 62914560)) br 0) unreachable")
        .memory(r#"(memory (export "memory") 960)"#)
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
