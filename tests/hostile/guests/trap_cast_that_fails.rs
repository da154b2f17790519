//! Takes an object for another kind of object.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(drop (ref.cast (ref $a) (global.get $any))) (global.get $empty)")
        .items(
            r"
            (type $a (struct (field i32)))
            (type $b (struct (field i64)))
            (global $any (mut anyref) (ref.null any))
            (func $start (global.set $any (struct.new_default $b)))
            (start $start)
        ",
        )
        .expect(Expect::Dies("trapped", "cast failure"))
}
