//! Asks for a thousand subscriptions.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().subscribing((0..1000).map(|at| format!("s-{at}"))).expect(Expect::Refused("invalid-description", "1000"))
}
