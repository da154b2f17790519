//! Imports what sounds as if it ran the host.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let own = "package oyez:host@0.1.0 { interface control { stop: func(); } }";
    let guest = Plugin::default().packages(own).import("oyez:host/control@0.1.0", "stop", "(func)");
    guest.expect(Expect::Refused("unknown-import", "oyez:host/control"))
}
