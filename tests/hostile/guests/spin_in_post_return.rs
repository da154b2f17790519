//! Answers, and never returns from the clean-up after that.
//!
//! Stopped by its `cpu`, which spans post-return.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .items(r#"(func (export "cabi_post_oyez:plugin/handler@0.1.0#handle") (param i32) (loop br 0))"#)
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
