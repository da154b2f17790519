//! One event on its way to one subscription.

use crate::port::Snapshot;
use crate::{Recorded, SubscriptionName};
use std::fmt;
use std::sync::Arc;

/// One attempt at one event for one subscription: what a handler is given beside its own settings.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The subscription's own name.
    pub subscription: SubscriptionName,
    /// The event with its place in the log.
    pub recorded: Arc<Recorded>,
    /// Counted from 1 within a round.
    pub attempt: u32,
    /// The same for every attempt at this event by this subscription, redrives included. 32 hexadecimal digits.
    pub idempotency_key: String,
    /// Run again on purpose; outside effects should not be repeated.
    pub replay: bool,
    /// What the delivery's randomness grows from: the same on every attempt and replay, and not to be guessed from outside.
    pub seed: [u8; 32],
    /// The plugin's state as it was when the attempt began; nothing where it is not granted.
    pub state: Option<Arc<dyn Snapshot>>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// Not begun.
    Pending,
    /// An attempt runs.
    InFlight,
    /// For its next attempt.
    Waiting,
    /// Held back on purpose.
    Parked,
    /// Given up on.
    Dead,
    /// Done.
    Settled,
}

impl DeliveryState {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in-flight",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Dead => "dead",
            Self::Settled => "settled",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
