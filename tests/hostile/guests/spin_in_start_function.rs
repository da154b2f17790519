//! Never gets through its start function.
//!
//! Stopped by the `cpu` that `describe` has: the deadline is set before anything is instantiated.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items("(func $start (loop br 0)) (start $start)").expect(Expect::Refused("describe-failed", "`cpu`|`time`"))
}
