//! Gives back a hundred emissions.
//!
//! Stopped by its `emissions`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(i32.store offset=12 (global.get $answer) (i32.const 100)) (global.get $answer)")
        .memory(r#"(memory (export "memory") 3)"#)
        .expect(Expect::Dies("over-limit", "100 emissions"))
}
