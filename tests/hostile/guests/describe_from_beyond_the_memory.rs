//! Describes itself from beyond its memory.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().describing("(return (i32.const -16))").expect(Expect::Refused("describe-failed", ""))
}
