//! Drops a resource of its own, whose destructor traps.
//!
//! Stopped by the trap.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::handling("(call $drop (call $new (i32.const 7))) (global.get $empty)")
        .export("export things;", "interface things { resource thing; }")
        .core_import(r#"(import "[export]test:guest/things" "[resource-new]thing" (func $new (param i32) (result i32)))"#)
        .core_import(r#"(import "[export]test:guest/things" "[resource-drop]thing" (func $drop (param i32)))"#)
        .items(r#"(func (export "test:guest/things#[dtor]thing") (param i32) unreachable)"#)
        .expect(Expect::Dies("trapped", "unreachable"))
}
