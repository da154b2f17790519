//! Never returns from `handle`.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop br 0) unreachable").expect(Expect::Dies("over-limit", "used its `cpu`"))
}
