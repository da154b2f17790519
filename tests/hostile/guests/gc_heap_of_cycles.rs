//! Makes objects that know each other, so that counting references never frees them.
//!
//! Stopped by its `memory`.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let items = "(type $node (struct (field $other (mut (ref null $node))) (field i64 i64 i64 i64)))
    (func $cycle (local $a (ref null $node)) (local $b (ref null $node))
        (local.set $a (struct.new_default $node)) (local.set $b (struct.new_default $node))
        (struct.set $node $other (local.get $a) (local.get $b)) (struct.set $node $other (local.get $b) (local.get $a)))";
    Plugin::handling("(loop (call $cycle) br 0) unreachable")
        .items(items)
        .expect(Expect::Dies("over-limit", "over its `memory`"))
        .settings("memory = \"4MiB\"")
}
