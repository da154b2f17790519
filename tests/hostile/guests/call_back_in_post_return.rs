//! Calls the host in the clean-up after its answer.
//!
//! Stopped by the canonical ABI, which forbids it.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default()
        .import("wasi:clocks/monotonic-clock@0.2.0", "now", "(func $now (result i64))")
        .items(r#"(func (export "cabi_post_oyez:plugin/handler@0.1.0#handle") (param i32) (drop (call $now)))"#)
        .expect(Expect::Dies("trapped", "cannot leave component instance"))
}
