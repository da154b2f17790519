//! Points in time, as the log keeps them.

use minicbor::{Decode, Encode};
use std::time::Duration;

/// Nanoseconds since 1970-01-01T00:00:00Z. Good until the year 2554.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] u64);

impl Timestamp {
    /// From nanoseconds since the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// What is left below the second, in nanoseconds.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a remainder of 10^9 fits 32 bits")]
    pub const fn subsec_nanos(self) -> u32 {
        (self.0 % 1_000_000_000) as u32
    }

    /// Later by `wait`. Saturating: a wait of centuries is wrong, and wrapping to zero is worse.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// How long from `earlier` to here; zero if it is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Reads an RFC 3339 time; nothing if it is none, or lies before 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time = oyez_event::Time::parse(text).ok()?;
        let seconds = u64::try_from(time.seconds()).ok()?;
        Some(Self::from_nanos(seconds.checked_mul(1_000_000_000)?.checked_add(u64::from(time.nanos()))?))
    }

    /// As RFC 3339 in UTC, such as `2026-11-21T10:00:00.000000001Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let seconds = i64::try_from(self.seconds()).unwrap_or(i64::MAX);
        oyez_event::Time::from_unix(seconds, self.subsec_nanos()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_centuries_saturates() {
        assert_eq!(Timestamp::from_nanos(5).after(Duration::MAX).nanos(), u64::MAX);
        assert_eq!(Timestamp::from_nanos(5).since(Timestamp::from_nanos(9)), Duration::ZERO);
    }
}
