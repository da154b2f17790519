//! Emits two of what it subscribes to: a storm that doubles.
//!
//! Stopped by the budget of a causation tree.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store (global.get $emission) (global.get $free))
            (i32.store offset=4 (global.get $emission) (i32.const 16))
            (memory.copy (i32.const 9072) (global.get $emission) (i32.const 112))
            (i32.store offset=12 (global.get $answer) (i32.const 2))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "hostile.storm.v1")"#)
    .expect(Expect::Parks)
    .settings("[[subscription]]\nname = \"on-itself\"\nfilters = [{ exact = { type = \"hostile.storm.v1\" } }]")
}
