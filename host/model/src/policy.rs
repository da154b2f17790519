//! How a subscription's deliveries are ordered, retried and given up on.

use crate::{Sequence, Timestamp};
use minicbor::{Decode, Encode};
use std::time::Duration;

/// Which deliveries wait for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Ordering {
    /// Those of one partition key, in the order of the log; keys run side by side. The default.
    #[default]
    #[n(0)]
    Key,
    /// None: each runs when there is room.
    #[n(1)]
    None,
    /// All: one at a time, in the order of the log.
    #[n(2)]
    Total,
}

/// How the wait grows from attempt to attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backoff {
    /// Twice as long each time. The default.
    #[default]
    Exponential,
    /// Longer by `delay` each time.
    Linear,
    /// Always `delay`.
    Constant,
}

/// When to try again, and when to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in one round, the first included. Default = 5, at most 1,000.
    pub attempts: u32,
    /// Default = exponential.
    pub backoff: Backoff,
    /// The first wait. Default = 1 s.
    pub delay: Duration,
    /// No wait is longer, whoever asks for it. Default = 5 min.
    pub delay_max: Duration,
    /// No attempt begins later than this after the event was accepted, except for the first of a round: what fails then is dead. Default =
    /// none.
    pub deadline: Option<Duration>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, backoff: Backoff::Exponential, delay: Duration::from_secs(1), delay_max: Duration::from_mins(5), deadline: None }
    }
}

impl Retry {
    /// The wait after `attempt` failed, before jitter: between `delay` and `delay_max`.
    #[must_use]
    pub fn wait(&self, attempt: u32) -> Duration {
        let before = attempt.saturating_sub(1);
        let wait = match self.backoff {
            Backoff::Exponential => self.delay.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX)),
            Backoff::Linear => self.delay.saturating_mul(attempt.max(1)),
            Backoff::Constant => self.delay,
        };
        wait.min(self.delay_max)
    }
}

/// What a dead letter does to later events of its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDead {
    /// Nothing: they go on. The default.
    #[default]
    Continue,
    /// They wait behind it, in order, until it is redriven and settled, or dropped, or they are released.
    Park,
}

/// Where a subscription that was never seen before begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With what comes after it. The default.
    #[default]
    New,
    /// With the first event that the log still has.
    Beginning,
    /// With this sequence.
    At(Sequence),
    /// With the first event accepted at or after this time.
    Since(Timestamp),
}

/// What a subscription that comes back does about the events that it missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnReturn {
    /// Takes them up where it stood. The default.
    #[default]
    Resume,
    /// Passes them over, which is recorded.
    New,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stop_growing_at_delay_max() {
        let of = |backoff| {
            let retry = Retry { backoff, delay: Duration::from_secs(2), delay_max: Duration::from_secs(7), ..Retry::default() };
            [1, 2, 3, 90].map(|attempt| retry.wait(attempt).as_secs())
        };
        assert_eq!(of(Backoff::Exponential), [2, 4, 7, 7]);
        assert_eq!(of(Backoff::Linear), [2, 4, 6, 7]);
        assert_eq!(of(Backoff::Constant), [2, 2, 2, 2]);
    }
}
