//! Says that it emits a thousand types.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().emitting((0..1000).map(|at| format!("t-{at}"))).expect(Expect::Refused("invalid-description", "1000"))
}
