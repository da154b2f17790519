//! Asks for more memory than it says itself that it may have.
//!
//! Stopped by itself: it is told no.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(if (i32.ne (memory.grow (i32.const 100)) (i32.const -1)) (then unreachable)) (global.get $empty)")
        .memory(r#"(memory (export "memory") 2 3)"#)
        .expect(Expect::Completes)
}
