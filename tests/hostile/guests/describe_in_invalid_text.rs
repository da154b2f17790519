//! Describes itself in what is no UTF-8.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().describing("(i32.store (i32.load (i32.const 1024)) (i32.const 0xfffefdfc))").expect(Expect::Refused("describe-failed", "utf-8"))
}
