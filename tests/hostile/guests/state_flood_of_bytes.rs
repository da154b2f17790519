//! Writes more bytes than a settlement can hold.
//!
//! Stopped by the bound of bytes of an attempt.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::writing(
        r"
            (loop
                (i32.store8 (i32.const 16500) (i32.add (i32.const 33) (local.tee $i (i32.add (local.get $i) (i32.const 1)))))
                (call $set (local.get $j) (i32.const 16500) (i32.const 1) (i32.const 0) (i32.const 900000) (i32.const 16400))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const 40))))
        ",
    )
    .memory(r#"(memory (export "memory") 32)"#)
    .expect(Expect::Dies("over-limit", ""))
    .settings("[grants]\nstate = true")
}
