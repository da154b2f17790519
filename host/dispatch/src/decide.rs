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
        let due = self.now.after(wait);
        match self.retry.deadline {
            Some(deadline) if due.since(self.origin.parent.accepted) > deadline => {
                dead(settlement, format!("{reason} (the next attempt would begin past its deadline of {deadline:?})"))
            }
            _ => Decision { settlement, end: End::Waiting { due }, reason: short(reason), emissions: Vec::new() },
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_model::{Limits, Recorded, Sequence, SubscriptionId};
    use std::collections::BTreeSet;

    #[test]
    fn what_would_be_tried_again_past_its_deadline_is_dead() {
        let (retry, limits) = (Retry { deadline: Some(Duration::from_secs(60)), ..Retry::default() }, Limits::default());
        let id = SubscriptionId::parse("p/on-event").unwrap();
        let accepted = Timestamp::from_nanos(1_000_000_000_000);
        let event = Event::new("1", "/a", "b").unwrap();
        let parent = Recorded { sequence: Sequence(1), accepted, lineage: None, event };
        let decided = |after: u64, asked: u64| {
            let origin = Origin { subscription: &id, parent: &parent, run: 0, limits: &limits, sources: &BTreeSet::new() };
            let ended = Ended { origin, retry: &retry, attempt: 1, now: accepted.after(Duration::from_secs(after)), jitter: 1.0 };
            ended.decide(Verdict::Retry { reason: "later".to_owned(), after: Some(Duration::from_secs(asked)) })
        };
        assert!(matches!(decided(50, 10).end, End::Waiting { .. }));
        let dead = decided(50, 11);
        assert_eq!((dead.end, dead.settlement), (End::Dead, Settlement::Retry));
        assert!(dead.reason.contains("deadline of 60s"), "{}", dead.reason);
    }
}
