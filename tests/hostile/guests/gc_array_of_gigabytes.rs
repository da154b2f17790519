//! Makes one array of four gigabytes.
//!
//! Stopped by the trap: no array may be so long.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let items = "(type $longs (array (mut i64)))";
    Plugin::handling("(drop (array.new_default $longs (i32.const 536870912))) unreachable")
        .items(items)
        .expect(Expect::Dies("trapped", "allocation size too large"))
}
