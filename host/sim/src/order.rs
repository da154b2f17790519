//! What runs just now, and whether it may.

use crate::broken::{Check, ensure};
use crate::stand::{Stand, Standing, Subscription};
use oyez_model::{Ordering, Sequence, SubscriptionNumber, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A run of a handler, until the dispatcher knows what became of it.
#[derive(Clone, Copy, Debug)]
struct Flight {
    number: SubscriptionNumber,
    sequence: Sequence,
    /// It holds a slot: its settlement is not on its way yet.
    running: bool,
}

/// Runs under way, by their token.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    under_way: BTreeMap<u64, Flight>,
    /// What was parked, and this process took up.
    taken_up: BTreeSet<(SubscriptionNumber, Sequence)>,
}

/// A run that begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begins {
    pub(crate) token: u64,
    pub(crate) number: SubscriptionNumber,
    pub(crate) sequence: Sequence,
    pub(crate) attempt: u32,
    /// How many may run at once.
    pub(crate) concurrency: usize,
    pub(crate) now: Timestamp,
    /// The clock was set back, so that waits are cut.
    pub(crate) cut: bool,
}

/// Whether an order makes two wait for each other.
fn share_a_lane(ordering: Ordering, one: &Stand, other: &Stand) -> bool {
    one.lane_by(ordering).is_some_and(|lane| Some(lane) == other.lane_by(ordering))
}

/// Whether two deliveries wait for each other, by the order of the later one's epoch. What waits or was redriven may be taken up by a
/// process that knows of later epochs only, and so may what was parked: two such ones do if all of those say so.
fn wait_for_each_other(subscription: &Subscription, one: (Sequence, &Stand), other: (Sequence, &Stand)) -> bool {
    let (sequence, later) = if one.0 < other.0 { other } else { one };
    let with_rows = one.1.rowed && other.1.rowed;
    let since = subscription.epochs.iter().filter(|epoch| with_rows && epoch.begins > sequence).map(|epoch| epoch.ordering);
    since.chain([later.ordering]).all(|ordering| share_a_lane(ordering, one.1, other.1))
}

impl Flights {
    pub(crate) fn begin(&mut self, begins: Begins, subscription: &Subscription) -> Check {
        let Begins { token, number, sequence, attempt, concurrency, now, cut } = begins;
        let id = &subscription.id;
        let stand = subscription.stands.get(&sequence);
        ensure!(stand.is_some(), "{id}:{sequence} runs, and the epoch of its sequence does not ask for it");
        let stand = stand.expect("just looked at");
        // What was passed over, or dropped, while it waited for its turn may still run: its settlement is refused.
        let too_late = match stand.standing {
            Standing::Passed => true,
            Standing::Dropped => self.taken_up.contains(&(number, sequence)),
            _ => false,
        };
        ensure!(stand.is_due() || too_late, "{id}:{sequence} runs, and is {:?}", stand.standing);
        ensure!(attempt == stand.attempts + 1, "{id}:{sequence} runs for attempt {attempt}, after {}", stand.attempts);
        if let Standing::Waiting(due) = stand.standing {
            ensure!(cut || due <= now, "{id}:{sequence} runs {:?} before it is due", due.since(now));
        }
        let lane = stand.lane();
        if matches!(stand.standing, Standing::Open | Standing::Parked(_)) {
            let dead = subscription.before.iter().find(|(_, held)| lane.as_ref() == Some(held));
            ensure!(dead.is_none(), "{id}:{sequence} is {:?}, and runs though its lane waits behind {}", stand.standing, dead.expect("there").0);
        }
        let others: Vec<_> = self.under_way.values().filter(|flight| flight.number == number).collect();
        let running = others.iter().filter(|flight| flight.running).count();
        ensure!(running < concurrency, "{id} runs {} at once, over its concurrency of {concurrency}", running + 1);
        for other in others.iter().map(|flight| flight.sequence) {
            ensure!(other != sequence, "{id}:{sequence} runs twice at once");
            let known = subscription.stands.get(&other);
            let beside = known.is_some_and(|known| wait_for_each_other(subscription, (other, known), (sequence, stand)));
            ensure!(!beside, "{id}:{sequence} runs beside {other}, which is of the same key");
        }
        // What was redriven comes when it comes.
        let first_round = |stand: &Stand| stand.is_due() && stand.round == 0;
        if first_round(stand) {
            // What is parked by one order is passed by what stands in a lane of another one; also when it has come into that lane, later.
            let its_own = |known: &Stand| known.lane_by(known.ordering);
            let aside = |known: &Stand| matches!(known.standing, Standing::Parked(_)) && (known.lane() != lane || known.lane() != its_own(known));
            let holds_up = |(other, known): &(&Sequence, &Stand)| {
                first_round(known) && !aside(known) && wait_for_each_other(subscription, (**other, known), (sequence, stand))
            };
            let before = subscription.stands.range(..sequence).find(holds_up);
            ensure!(before.is_none(), "{id}:{sequence} runs before {}, which is of the same key", before.expect("there").0);
        }
        self.under_way.insert(token, Flight { number, sequence, running: true });
        Ok(())
    }

    /// What is parked is read, and may run.
    pub(crate) fn take_up(&mut self, number: SubscriptionNumber, sequences: impl Iterator<Item = Sequence>) {
        self.taken_up.extend(sequences.map(|sequence| (number, sequence)));
    }

    /// Of which delivery a run is.
    pub(crate) fn of(&self, token: u64) -> Option<(SubscriptionNumber, Sequence)> {
        self.under_way.get(&token).map(|flight| (flight.number, flight.sequence))
    }

    /// The handler is done: its slot is free.
    pub(crate) fn ended(&mut self, token: u64) {
        if let Some(flight) = self.under_way.get_mut(&token) {
            flight.running = false;
        }
    }

    /// The dispatcher knows what became of it.
    pub(crate) fn over(&mut self, token: u64) {
        self.under_way.remove(&token);
    }

    /// The process is gone, and all that it ran.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
