//! Makes objects that it keeps for ever.
//!
//! Stopped by its `memory`, which counts the heap of objects.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling(
        r"
            (loop
                (global.set $all (struct.new $node (global.get $all) (array.new_default $bytes (i32.const 65536))))
                br
                0) unreachable
        ",
    )
    .items(
        r"
            (type $bytes (array (mut i8)))
            (type $node (struct (field (ref null $node)) (field (ref $bytes))))
            (global $all (mut (ref null $node)) (ref.null $node))
        ",
    )
    .expect(Expect::Dies("over-limit", "over its `memory`"))
}
