//! Asks for a subscription whose name leads out of its folder.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().subscribing(["../../etc/passwd".to_owned()]).expect(Expect::Refused("invalid-description", "no name"))
}
