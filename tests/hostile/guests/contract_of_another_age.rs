//! Is built for version 99 of the contract.
//!
//! Stopped by the loader, which names both.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().contract("99.0.0").expect(Expect::Refused("no-handler", "oyez:plugin@99.0.0"))
}
