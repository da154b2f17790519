//! Makes resources of its own and never drops one.
//!
//! Stopped by the number of handles that it may hold.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(loop (drop (call $new (i32.const 7))) br 0) unreachable")
        .export("export things;", "interface things { resource thing; }")
        .core_import(r#"(import "[export]test:guest/things" "[resource-new]thing" (func $new (param i32) (result i32)))"#)
        .core_import(r#"(import "[export]test:guest/things" "[resource-drop]thing" (func $drop (param i32)))"#)
        .expect(Expect::Dies("over-limit", "1000 resources"))
}
