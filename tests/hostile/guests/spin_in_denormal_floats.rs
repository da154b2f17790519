//! Reckons with numbers so small that processors fall out of their stride.
//!
//! Stopped by its `cpu`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop (global.set $f (f64.mul (f64.const 0x1p-1050) (f64.add (global.get $f) (f64.const 0x1p-1060)))) br 0) unreachable
        ",
    )
    .items("(global $f (mut f64) (f64.const 0x1p-1060))")
    .expect(Expect::Dies("over-limit", "used its `cpu`"))
}
