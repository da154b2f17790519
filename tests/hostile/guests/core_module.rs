//! Is a module, and no component.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    Guest::text("(module (func (export \"handle\")))", Expect::Refused("core-module", ""))
}
