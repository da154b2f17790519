//! Looks for its configuration while it is described, for plugins that share a component to see each other's.
//!
//! Stopped by the configuration, which is empty there.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:config/store@0.2.0-rc.1", "get-all", "(func $all (param i32))")
        .describing("(call $all (global.get $free)) (if (i32.load offset=8 (global.get $free)) (then unreachable))")
        .expect(Expect::Completes)
        .settings("[config]\nkey = \"value\"")
}
