//! Calls itself with ten thousand locals in each frame, so that a frame may leap over a guard.
//!
//! Stopped by the stack.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let locals = " i64".repeat(10_000);
    let items = format!(
        "(global $g (mut i64) (i64.const 0)) (func $deep (local {locals}) {} (call $deep) {})",
        (0..10_000).map(|at| format!("(local.set {at} (global.get $g))")).collect::<String>(),
        (0..10_000).map(|at| format!("(global.set $g (local.get {at}))")).collect::<String>()
    );
    Plugin::handling("(call $deep) unreachable").items(&items).expect(Expect::Dies("trapped", "call stack exhausted"))
}
