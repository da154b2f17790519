//! Answers, and traps in the clean-up after that.
//!
//! Stopped by the trap: nothing of the answer counts.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .items(r#"(func (export "cabi_post_oyez:plugin/handler@0.1.0#handle") (param i32) unreachable)"#)
        .expect(Expect::Dies("trapped", "unreachable"))
}
