//! Exports the contract's names, and nothing behind them.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    Guest::text(
        r#"(component (component $c) (instance $i (instantiate $c))
        (export "oyez:plugin/handler@0.1.0" (instance $i)) (export "oyez:plugin/plugin-info@0.1.0" (instance $i)))"#,
        Expect::Refused("no-handler", ""),
    )
}
