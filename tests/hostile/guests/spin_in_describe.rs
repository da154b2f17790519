//! Never returns from `describe`.
//!
//! Stopped by the `cpu` that `describe` has.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().describing("(loop br 0)").expect(Expect::Refused("describe-failed", "`cpu`|`time`"))
}
