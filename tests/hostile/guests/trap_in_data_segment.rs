//! Has data that do not fit its memory.
//!
//! Stopped by the loader, that describes it.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().items(r#"(data (i32.const -1) "x")"#).expect(Expect::Refused("describe-failed", "out of bounds"))
}
