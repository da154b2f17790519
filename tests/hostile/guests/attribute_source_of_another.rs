//! Emits in the name of its neighbour.
//!
//! Stopped by the grant `sources`, which it has not.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (i32.store offset=8 (global.get $emission) (i32.const 1))
            (i32.store offset=12 (global.get $emission) (global.get $free))
            (i32.store offset=16 (global.get $emission) (i32.const 18))
            (global.get $answer)
        ",
    )
    .items(r#"(data (i32.const 16384) "/plugins/neighbour")"#)
    .expect(Expect::Dies("rejected", "source"))
}
