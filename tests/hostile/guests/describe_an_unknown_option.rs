//! Says of itself what no host knows.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().option("privileged").expect(Expect::Refused("invalid-description", "privileged"))
}
