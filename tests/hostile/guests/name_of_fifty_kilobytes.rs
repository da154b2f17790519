//! Imports something by a name of fifty kilobytes.
//!
//! Stopped by the loader: there is no such thing.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let name = "a".repeat(50_000);
    let own = format!("package test:long {{ interface {name} {{ f: func(); }} }}");
    let guest = Plugin::default().packages(&own).import(&format!("test:long/{name}"), "f", "(func)");
    guest.expect(Expect::Refused("unknown-import", ""))
}
