//! Exports functions by the names of the contract's interfaces.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    Guest::text(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func $f (canon lift (core func $i "f")))
        (instance $n (export "handle" (func $f)) (export "describe" (func $f)))
        (export "oyez:plugin/handler@0.1.0" (instance $n)) (export "oyez:plugin/plugin-info@0.1.0" (instance $n)))"#,
        Expect::Refused("describe-failed", "given type"),
    )
}
