//! Where each delivery stands, by the log alone.

use crate::broken::{Check, ensure};
use oyez_engine::ParkedLane;
use oyez_model::event::Event;
use oyez_model::{End, Epoch, Lane, Ordering, Recorded, Sequence, Settle, SubscriptionId, Timestamp};
use std::collections::BTreeMap;

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No attempt of it is settled.
    Open,
    /// For its next attempt.
    Waiting(Timestamp),
    /// For the first attempt of a new round.
    Redriven,
    /// In this lane, behind its dead letters.
    Parked(Lane),
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
    /// It has a row of its own, or had one.
    pub(crate) rowed: bool,
    /// That of its epoch.
    pub(crate) ordering: Ordering,
    /// Its event's partition key, if it has one.
    pub(crate) key: Option<String>,
}

impl Stand {
    /// Whether an attempt of it is still to come.
    pub(crate) fn is_due(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::Waiting(_) | Standing::Redriven | Standing::Parked(_))
    }

    /// Whether it has a row of its own.
    pub(crate) fn has_row(&self) -> bool {
        matches!(self.standing, Standing::Waiting(_) | Standing::Redriven | Standing::Parked(_) | Standing::Dead)
    }

    /// The lane that an order puts it into.
    pub(crate) fn lane_by(&self, ordering: Ordering) -> Option<Lane> {
        match ordering {
            Ordering::Total => Some(Lane::Total),
            Ordering::Key => self.key.clone().map(Lane::Key),
            Ordering::None => None,
        }
    }

    /// The lane that it stands in: where it is parked, or that of its epoch's order.
    pub(crate) fn lane(&self) -> Option<Lane> {
        if let Standing::Parked(lane) = &self.standing { Some(lane.clone()) } else { self.lane_by(self.ordering) }
    }
}

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    /// All that it ever had.
    pub(crate) epochs: Vec<Epoch>,
    pub(crate) stands: BTreeMap<Sequence, Stand>,
    /// The dead letters that lanes wait behind, those that were redriven included.
    pub(crate) before: BTreeMap<Sequence, Lane>,
    /// How often something was parked.
    pub(crate) parkings: u64,
    /// Settled and dropped.
    pub(crate) over: u64,
}

impl Subscription {
    pub(crate) fn new(id: SubscriptionId, epoch: Epoch) -> Self {
        Self { id, epochs: vec![epoch], stands: BTreeMap::new(), before: BTreeMap::new(), parkings: 0, over: 0 }
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
            let stand = Stand { standing: Standing::Open, round: 0, attempts: 0, rowed: false, ordering, key };
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
        stand.rowed |= settle.end != End::Settled;
        let parks = settle.parks.as_ref();
        let its_own = parks.is_none_or(|lane| self.epochs.iter().any(|epoch| stand.lane_by(epoch.ordering).as_ref() == Some(lane)));
        ensure!(its_own && (parks.is_none() || settle.end == End::Dead), "{id}:{sequence} is settled as {:?}, and parks {parks:?}", settle.end);
        match settle.end {
            End::Waiting { .. } => {}
            // Who holds a lane back, and in which lane, is said anew each time that it dies.
            End::Settled | End::Dead => drop(self.before.remove(&sequence)),
        }
        self.before.extend(parks.map(|lane| (sequence, lane.clone())));
        self.over += u64::from(settle.end == End::Settled);
        Ok(())
    }

    /// Deliveries are held back in a lane. What is over or was passed over meanwhile stays so.
    pub(crate) fn park(&mut self, lane: &Lane, sequences: &[Sequence]) -> Check {
        let id = &self.id;
        for sequence in sequences {
            let stand = self.stands.get_mut(sequence);
            ensure!(stand.is_some(), "{id}:{sequence} is parked, and the epoch of its sequence does not ask for it");
            let stand = stand.expect("just looked at");
            if matches!(stand.standing, Standing::Passed | Standing::Dropped) {
                continue;
            }
            ensure!(stand.is_due(), "{id}:{sequence} is parked in {lane}, and was {:?}", stand.standing);
            let its_own = self.epochs.iter().any(|epoch| stand.lane_by(epoch.ordering).as_ref() == Some(lane));
            ensure!(its_own, "{id}:{sequence} is parked in {lane}, which is no lane of it");
            (stand.standing, stand.rowed) = (Standing::Parked(lane.clone()), true);
            self.before.remove(sequence);
            self.parkings += 1;
        }
        Ok(())
    }

    /// A lane waits behind no dead letter any more.
    pub(crate) fn release(&mut self, lane: &Lane) {
        self.before.retain(|_, held| held != lane);
    }

    /// The lanes that wait, or in which something is parked.
    pub(crate) fn lanes(&self) -> BTreeMap<Lane, ParkedLane> {
        let mut lanes: BTreeMap<Lane, ParkedLane> = BTreeMap::new();
        for (sequence, lane) in &self.before {
            lanes.entry(lane.clone()).or_default().behind.insert(*sequence);
        }
        for stand in self.stands.values() {
            if let Standing::Parked(lane) = &stand.standing {
                lanes.entry(lane.clone()).or_default().count += 1;
            }
        }
        lanes
    }

    /// A dead letter, or what is parked, is given up.
    pub(crate) fn give_up(&mut self, sequence: Sequence) -> Check {
        let there = self.stands.get_mut(&sequence).filter(|stand| matches!(stand.standing, Standing::Dead | Standing::Parked(_)));
        ensure!(there.is_some(), "{}:{sequence} is dropped, and is neither dead nor parked", self.id);
        there.expect("just looked at").standing = Standing::Dropped;
        self.before.remove(&sequence);
        self.over += 1;
        Ok(())
    }

    /// A dead letter is opened again.
    pub(crate) fn reopen(&mut self, sequence: Sequence, round: u32) -> Check {
        let dead = self.stands.get_mut(&sequence).filter(|stand| stand.standing == Standing::Dead);
        ensure!(dead.is_some(), "{}:{sequence} is redriven, and is not dead", self.id);
        let stand = dead.expect("just looked at");
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
