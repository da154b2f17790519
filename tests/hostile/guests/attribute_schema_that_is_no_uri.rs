//! Emits an event whose schema is no URI.
//!
//! Stopped by the rules of CloudEvents.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=68 (global.get $emission) (i32.const 1))
            (i32.store offset=72 (global.get $emission) (global.get $free))
            (i32.store offset=76 (global.get $emission) (i32.const 8))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "not a ur")"#)
    .expect(Expect::Dies("rejected", "`dataschema`"))
}
