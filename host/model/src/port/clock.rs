//! The time of day, by the door.

use crate::Timestamp;

/// The time of day.
///
/// Laws (one suite tests them):
/// 1. `now` never goes back within one process, whichever thread asks.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}
