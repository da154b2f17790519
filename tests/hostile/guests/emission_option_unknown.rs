//! Emits with an option that no host knows.
//!
//! Stopped by the contract.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=104 (global.get $emission) (i32.const 16500))
            (i32.store offset=108 (global.get $emission) (i32.const 1))
            (i32.store (i32.const 16500) (i32.const 16384))
            (i32.store offset=4 (i32.const 16500) (i32.const 5))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "delay")"#)
    .expect(Expect::Dies("rejected", "delay"))
}
