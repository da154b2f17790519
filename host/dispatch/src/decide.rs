//! What an attempt's verdict makes of its delivery: the one place that holds every branch of a settlement.

use crate::emission::{Origin, Refusal};
use oyez_event::Event;
use oyez_model::{End, Retry, Settlement, Timestamp, Verdict, bounds};
use std::time::Duration;

/// The attempt that ended.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) origin: Origin<'a>,
    pub(crate) retry: &'a Retry,
    /// Counted from 1.
    pub(crate) attempt: u32,
    pub(crate) now: Timestamp,
    /// From 0 to 1: where in its range the wait falls.
    pub(crate) jitter: f64,
}

/// What is written of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Decision {
    pub(crate) settlement: Settlement,
    pub(crate) end: End,
    pub(crate) reason: String,
    pub(crate) emissions: Vec<Event>,
}

impl Decision {
    /// How the attempt failed, in a word and its reason. To reject an event is no failure: the handler has decided.
    pub(crate) fn failure(&self) -> Option<String> {
        let decided = matches!(self.settlement, Settlement::Completed | Settlement::Rejected);
        (!decided).then(|| format!("{}: {}", self.settlement.as_str(), self.reason))
    }
}

impl Ended<'_> {
    pub(crate) fn decide(&self, verdict: Verdict) -> Decision {
        let settlement = verdict.settlement();
        match verdict {
            Verdict::Completed(emissions) => match self.origin.events(emissions) {
                Ok(emissions) => Decision { settlement, end: End::Settled, reason: String::new(), emissions },
                Err(Refusal::OverLimit(reason)) => self.again(Settlement::OverLimit, reason, None),
                Err(Refusal::Rejected(reason)) => dead(Settlement::Rejected, reason),
            },
            Verdict::Rejected(reason) => dead(settlement, reason),
            Verdict::Retry { reason, after } => self.again(settlement, reason, after),
            Verdict::Trapped(reason) | Verdict::TimedOut(reason) | Verdict::OverLimit(reason) => self.again(settlement, reason, None),
        }
    }

    /// Another attempt, or none where they have run out.
    fn again(&self, settlement: Settlement, reason: String, after: Option<Duration>) -> Decision {
        if self.attempt >= self.retry.attempts {
            return dead(settlement, reason);
        }
        let wait = after.map_or_else(|| self.jittered(), |asked| self.cut(asked));
        Decision { settlement, end: End::Waiting { due: self.now.after(wait) }, reason: short(reason), emissions: Vec::new() }
    }

    /// Between half of the wait and all of it: those that failed together do not come back together.
    fn jittered(&self) -> Duration {
        self.retry.wait(self.attempt).mul_f64(0.5 + self.jitter.clamp(0.0, 1.0) / 2.0)
    }

    fn cut(&self, asked: Duration) -> Duration {
        let max = self.retry.delay_max;
        if asked > max {
            tracing::warn!(subscription = %self.origin.subscription, ?asked, ?max, "a handler asked for a longer delay than `delay_max`; it is cut");
        }
        asked.min(max)
    }
}

fn dead(settlement: Settlement, reason: String) -> Decision {
    Decision { settlement, end: End::Dead, reason: short(reason), emissions: Vec::new() }
}

fn short(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(bounds::REASON_BYTES_MAX));
    reason
}
