//! Is built for the next WASI.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    let next = "package wasi:clocks@0.3.0 { interface system-clock { now: func() -> u64; } }";
    let guest = Plugin::default().packages(next).import("wasi:clocks/system-clock@0.3.0", "now", "(func (result i64))");
    guest.expect(Expect::Refused("unknown-import", "WASI 0.3"))
}
