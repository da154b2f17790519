//! Emits a subject that would steer a terminal.
//!
//! Stopped by the rules of CloudEvents.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=20 (global.get $emission) (i32.const 1))
            (i32.store offset=24 (global.get $emission) (global.get $free))
            (i32.store offset=28 (global.get $emission) (i32.const 4))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "\1b[2J")"#)
    .expect(Expect::Dies("rejected", "control characters"))
}
