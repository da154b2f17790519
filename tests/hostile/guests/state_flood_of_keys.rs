//! Writes more keys than a settlement can hold.
//!
//! Stopped by the bound of keys of an attempt.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    keys(2_000).expect(Expect::Dies("over-limit", "900")).settings("[grants]\nstate = true")
}

/// One that writes so many keys of two bytes, with nothing in them.
pub(super) fn keys(count: usize) -> Plugin {
    Plugin::writing(&format!(
        r"
            (loop
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (i32.store8 (i32.const 16500) (i32.add (i32.const 33) (i32.rem_u (local.get $i) (i32.const 90))))
                (i32.store8
                    (i32.const 16501)
                    (i32.add (i32.const 33) (i32.rem_u (i32.div_u (local.get $i) (i32.const 90)) (i32.const 90))))
                (call $set (local.get $j) (i32.const 16500) (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16400))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const {count}))))
        ",
    ))
}
