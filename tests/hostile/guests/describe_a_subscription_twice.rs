//! Asks for a subscription twice.
//!
//! Stopped by the loader.

use crate::hostile::{Expect, Guest, Plugin};

pub(super) fn guest(_: usize) -> Guest {
    Plugin::default().subscribing(["on-event".to_owned(), "on-event".to_owned()]).expect(Expect::Refused("invalid-description", "on-event"))
}
