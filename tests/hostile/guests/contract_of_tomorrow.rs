//! Is built for a version of the contract that is yet to come.
//!
//! Stopped by the loader, which names both.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().contract("0.2.0").expect(Expect::Refused("no-handler", "oyez:plugin@0.2.0"))
}
