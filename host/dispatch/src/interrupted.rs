//! Attempts that ran when the host ended without warning: perhaps they are why.

use crate::lane::lane_of;
use oyez_model::port::Started;
use oyez_model::{Cost, End, OnDead, Recorded, Settle, Settlement, SubscriptionSpec, Timestamp};

/// What becomes of an attempt that ran when the host ended without warning. It counts; and it is the last one only if it ran apart from
/// other suspects, so that it is known to be the culprit.
#[must_use]
pub fn interrupted(started: &Started, spec: &SubscriptionSpec, recorded: &Recorded, token: u64, now: Timestamp) -> Settle {
    let Started { number, sequence, round, attempt, suspect } = *started;
    let dead = suspect && attempt >= spec.retry.attempts;
    Settle {
        subscription: number,
        sequence,
        run: 0,
        round,
        attempt,
        token,
        version: None,
        settlement: Settlement::Trapped,
        end: if dead { End::Dead } else { End::Waiting { due: now } },
        reason: "host-crash: the host ended without warning while this attempt ran".to_owned(),
        cost: Cost::default(),
        root: recorded.root(),
        depth: recorded.depth_below(),
        emissions: Vec::new(),
        writes: Vec::new(),
        nth: 0,
        log: String::new(),
        parks: lane_of(spec.ordering, &recorded.event).filter(|_| dead && spec.on_dead == OnDead::Park),
    }
}
