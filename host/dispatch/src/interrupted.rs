//! Attempts that ran when the host ended without warning: perhaps they are why.

use crate::emission::Origin;
use crate::lane::lane_of;
use oyez_model::port::Started;
use oyez_model::{Cost, End, Limits, OnDead, Recorded, Settle, Settlement, SubscriptionId, SubscriptionSpec, Timestamp};

/// What becomes of an attempt that ran when the host ended without warning. It counts; and it is the last one only if it ran apart from
/// other suspects, so that it is known to be the culprit.
#[must_use]
pub fn interrupted(started: &Started, id: &SubscriptionId, spec: &SubscriptionSpec, recorded: &Recorded, token: u64, now: Timestamp) -> Settle {
    let Started { number, sequence, round, attempt, suspect } = *started;
    let limits = Limits::default();
    let origin = Origin { subscription: id, parent: recorded, run: 0, limits: &limits };
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
        root: origin.root(),
        depth: origin.depth(),
        emissions: Vec::new(),
        writes: Vec::new(),
        parks: lane_of(spec.ordering, &recorded.event).filter(|_| dead && spec.on_dead == OnDead::Park),
    }
}
