//! Begins with a memory of two gigabytes.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().memory(r#"(memory (export "memory") 32768)"#).expect(Expect::Refused("too-many-resources", ""))
}
