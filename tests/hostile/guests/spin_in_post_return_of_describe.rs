//! Describes itself, and never returns from the clean-up after that.
//!
//! Stopped by the `cpu` that `describe` has.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .items(r#"(func (export "cabi_post_oyez:plugin/plugin-info@0.1.0#describe") (param i32) (loop br 0))"#)
        .expect(Expect::Refused("describe-failed", "`cpu`|`time`"))
}
