//! Why a delivery did not complete, and how any error becomes such a reason.

use crate::bindings::oyez::plugin::types;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Why a delivery did not complete.
///
/// `?` makes one of any error: what JSON cannot decode is rejected, because it will be the same the next time; everything else is tried again.
/// It is no [`Error`] itself, or that would not be possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Try again: after the given delay, else as the subscription's backoff says. After the last attempt it is a dead letter.
    Retry {
        /// For people who read logs and dead letters.
        reason: String,
        /// At most the subscription's `retry.delay_max`; a longer one is cut.
        after: Option<Duration>,
    },
    /// Never try again: a dead letter at once.
    Reject(String),
}

impl Failure {
    /// Try again later, for this reason.
    #[must_use]
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry { reason: reason.into(), after: None }
    }

    /// Never try again, for this reason.
    #[must_use]
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject(reason.into())
    }

    /// Try again after this delay. A rejection stays one.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        match self {
            Self::Retry { reason, .. } => Self::Retry { reason, after: Some(delay) },
            reject @ Self::Reject(_) => reject,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry { reason, after: None } => write!(f, "retry: {reason}"),
            Self::Retry { reason, after: Some(delay) } => write!(f, "retry after {delay:?}: {reason}"),
            Self::Reject(reason) => write!(f, "rejected: {reason}"),
        }
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let undecodable = (&error as &dyn Error).is::<serde_json::Error>();
        let reason = with_causes(&error);
        if undecodable { Self::Reject(reason) } else { Self::retry(reason) }
    }
}

/// The error and what lies behind it: `no receipt: connection refused`.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl Failure {
    pub(crate) fn into_contract(self) -> types::Failure {
        match self {
            Self::Retry { reason, after } => {
                // Saturating: a wait of centuries is cut by the host, and one that wraps to zero would not wait at all.
                let after = after.map(|delay| u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX));
                types::Failure::Retry(types::Retry { reason, after })
            }
            Self::Reject(reason) => types::Failure::Reject(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask<T>(result: Result<T, impl Into<Failure>>) -> Failure {
        result.map(drop).map_err(Into::into).expect_err("a failure")
    }

    #[test]
    fn what_json_cannot_decode_is_rejected_and_other_errors_are_tried_again() {
        assert!(matches!(ask(serde_json::from_str::<u32>("x")), Failure::Reject(_)));
        assert_eq!(ask("x".parse::<u32>()), Failure::retry("invalid digit found in string"));
    }

    #[test]
    fn a_delay_is_kept_and_saturates() {
        let nanos = |delay| match Failure::retry("r").after(delay).into_contract() {
            types::Failure::Retry(retry) => retry.after,
            types::Failure::Reject(_) => None,
        };
        assert_eq!(nanos(Duration::from_secs(2)), Some(2_000_000_000));
        assert_eq!(nanos(Duration::MAX), Some(u64::MAX));
        assert_eq!(Failure::reject("r").after(Duration::ZERO), Failure::Reject("r".to_owned()));
    }
}
