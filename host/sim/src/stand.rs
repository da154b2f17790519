//! Where each delivery stands, by the log alone.

use crate::broken::{Check, ensure};
use oyez_model::event::Event;
use oyez_model::{End, Epoch, Ordering, Recorded, Sequence, Settle, SubscriptionId, Timestamp};
use std::collections::BTreeMap;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No attempt of it is settled.
    Open,
    /// For its next attempt.
    Waiting(Timestamp),
    /// For the first attempt of a new round.
    Redriven,
    Dead,
    Settled,
    Dropped,
    /// Its subscription came back, and did not want what it had missed.
    Passed,
}

/// One delivery.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    pub(crate) standing: Standing,
    pub(crate) round: u32,
    pub(crate) attempts: u32,
    /// That of its epoch.
    pub(crate) ordering: Ordering,
    /// Its event's partition key, if it has one.
    pub(crate) key: Option<String>,
}

impl Stand {
    /// Whether an attempt of it is still to come.
    pub(crate) fn is_due(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::Waiting(_) | Standing::Redriven)
    }

    /// Whether it has a row of its own.
    pub(crate) fn has_row(&self) -> bool {
        matches!(self.standing, Standing::Waiting(_) | Standing::Redriven | Standing::Dead)
    }
}

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    /// All that it ever had.
    pub(crate) epochs: Vec<Epoch>,
    pub(crate) stands: BTreeMap<Sequence, Stand>,
    /// Settled and dropped.
    pub(crate) over: u64,
}

impl Subscription {
    pub(crate) fn new(id: SubscriptionId, epoch: Epoch) -> Self {
        Self { id, epochs: vec![epoch], stands: BTreeMap::new(), over: 0 }
    }

    /// The order of the epoch that a place falls in, if that takes the event there.
    fn ordering(&self, sequence: Sequence, event: &Event) -> Option<Ordering> {
        let epoch = self.epochs.iter().rev().find(|epoch| epoch.begins < sequence)?;
        epoch.takes(event).then_some(epoch.ordering)
    }

    /// An event is in the log.
    pub(crate) fn offer(&mut self, recorded: &Recorded) {
        if let Some(ordering) = self.ordering(recorded.sequence, &recorded.event) {
            let event = &recorded.event;
            let key = event.has_partition_key().then(|| event.partition_key().to_owned());
            let stand = Stand { standing: Standing::Open, round: 0, attempts: 0, ordering, key };
            self.stands.insert(recorded.sequence, stand);
        }
    }

    /// An attempt is settled.
    pub(crate) fn settle(&mut self, settle: &Settle) -> Check {
        let (id, sequence) = (&self.id, settle.sequence);
        let stand = self.stands.get_mut(&sequence);
        ensure!(stand.is_some(), "{id}:{sequence} is settled, and the epoch of its sequence does not ask for it");
        let stand = stand.expect("just looked at");
        ensure!(stand.is_due(), "{id}:{sequence} is settled as {:?}, and was {:?}", settle.end, stand.standing);
        let (is, wanted) = ((settle.round, settle.attempt), (stand.round, stand.attempts + 1));
        ensure!(is == wanted, "{id}:{sequence} is settled for round and attempt {is:?}, and waits for {wanted:?}");
        stand.attempts = settle.attempt;
        stand.standing = match settle.end {
            End::Settled => Standing::Settled,
            End::Waiting { due } => Standing::Waiting(due),
            End::Dead => Standing::Dead,
        };
        self.over += u64::from(settle.end == End::Settled);
        Ok(())
    }

    /// A dead letter is opened again, or given up.
    pub(crate) fn reopen(&mut self, sequence: Sequence, round: Option<u32>) -> Check {
        let dead = self.stands.get_mut(&sequence).filter(|stand| stand.standing == Standing::Dead);
        ensure!(dead.is_some(), "{}:{sequence} is redriven or dropped, and is not dead", self.id);
        let stand = dead.expect("just looked at");
        let Some(round) = round else {
            stand.standing = Standing::Dropped;
            self.over += 1;
            return Ok(());
        };
        ensure!(round == stand.round + 1, "{}:{sequence} is redriven into round {round} after {}", self.id, stand.round);
        (stand.standing, stand.round, stand.attempts) = (Standing::Redriven, round, 0);
        Ok(())
    }

    /// What is open up to here is wanted no more.
    pub(crate) fn pass_over(&mut self, place: Sequence) {
        for (_, stand) in self.stands.range_mut(..=place).filter(|(_, stand)| stand.standing == Standing::Open) {
            stand.standing = Standing::Passed;
        }
    }
}
