//! Emits what it subscribes to: a storm.
//!
//! Stopped by the budget of a causation tree: its depth.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store (global.get $emission) (global.get $free))
            (i32.store offset=4 (global.get $emission) (i32.const 16))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "hostile.storm.v1")"#)
    .expect(Expect::Parks)
    .settings("[[subscription]]\nname = \"on-itself\"\nfilters = [{ exact = { type = \"hostile.storm.v1\" } }]")
}
