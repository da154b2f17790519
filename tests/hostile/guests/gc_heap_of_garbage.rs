//! Makes objects that nobody needs, again and again.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let items = "(type $bytes (array (mut i8)))";
    Plugin::handling("(loop (drop (array.new_default $bytes (i32.const 65536))) br 0) unreachable")
        .items(items)
        .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
