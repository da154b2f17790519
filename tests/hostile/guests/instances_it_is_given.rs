//! Instantiates a module that it is to be given.
//!
//! Stopped by the loader: what it needs cannot be known.

use crate::hostile::{Expect, Guest};

pub(super) fn guest(_: usize) -> Guest {
    Guest::text(
        r#"(component (import "m" (core module $m)) (core instance (instantiate $m)))"#,
        Expect::Refused("too-many-resources", "cannot be known"),
    )
}
