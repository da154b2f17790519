//! Answers from a place that its clean-up then overwrites.
//!
//! Stopped by the order of things: what was given back is read before the clean-up.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .items(
            r#"
            (func (export "cabi_post_oyez:plugin/handler@0.1.0#handle") (param i32)
                (memory.fill (i32.const 8192) (i32.const 255) (i32.const 1024)))
        "#,
        )
        .expect(Expect::Completes)
}
