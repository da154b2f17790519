//! How far a subscription is: its place, and what ended above it.

use crate::row::RowState;
use minicbor::{Decode, Encode};
use oyez_event::Event;
use oyez_model::{Epoch, Gap, Lane, Sequence, Settlement, SubscriptionId, SubscriptionNumber};
use std::collections::{BTreeMap, BTreeSet};

/// Gaps that are told apart; more are counted with the last one.
const GAPS_MAX: usize = 100;

/// How far a subscription is. At or below `place` each delivery is settled or has a row; above it, `ended` says which ones are.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Progress {
    /// What stands for it in the log.
    #[n(0)]
    pub number: SubscriptionNumber,
    /// Who it is.
    #[n(1)]
    pub id: SubscriptionId,
    /// Its epochs, oldest first; never empty.
    #[n(2)]
    pub epochs: Vec<Epoch>,
    /// The low-water sequence.
    #[n(3)]
    pub place: Sequence,
    /// What ended, or has a row, above the place.
    #[n(4)]
    pub ended: BTreeSet<Sequence>,
    /// Deliveries settled so far, those that were dropped included.
    #[n(5)]
    pub settled: u64,
    /// Attempts so far by their settlement.
    #[n(6)]
    pub attempts: BTreeMap<u8, u64>,
    /// Its open rows; the rest of each stands in the views.
    #[n(7)]
    pub rows: BTreeMap<Sequence, Mark>,
    /// Lanes in which deliveries are parked, or will be.
    #[cbor(n(8), default)]
    pub parked: BTreeMap<Lane, ParkedLane>,
    /// What it missed, oldest first.
    #[cbor(n(9), default)]
    pub gaps: Vec<Gap>,
}

/// A lane that is held back. It goes on when nothing is before it any more, and is forgotten when nothing is in it either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct ParkedLane {
    /// The dead letters that it waits behind.
    #[n(0)]
    pub behind: BTreeSet<Sequence>,
    /// How many deliveries are parked in it; each has a row.
    #[n(1)]
    pub count: u64,
    /// Of a storm: up to which place it was let go. What comes behind that waits for the next release.
    #[cbor(n(2), default)]
    pub released: Sequence,
}

/// As much of a row as is needed to check a settlement against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Mark {
    /// What it waits for.
    #[n(0)]
    pub state: RowState,
    /// Its round.
    #[n(1)]
    pub round: u32,
    /// Attempts so far in the round.
    #[n(2)]
    pub attempts: u32,
}

impl Progress {
    pub(crate) fn new(number: SubscriptionNumber, id: SubscriptionId, epoch: Epoch, place: Sequence) -> Self {
        Self {
            number,
            id,
            epochs: vec![epoch],
            place,
            ended: BTreeSet::new(),
            settled: 0,
            attempts: BTreeMap::new(),
            rows: BTreeMap::new(),
            parked: BTreeMap::new(),
            gaps: Vec::new(),
        }
    }

    /// Whether it takes the event at this place: by the epoch that the place falls in.
    #[must_use]
    pub fn takes(&self, sequence: Sequence, event: &Event) -> bool {
        self.epochs.iter().rev().find(|epoch| epoch.begins < sequence).is_some_and(|epoch| epoch.takes(event))
    }

    /// Whether nothing is left to do for this place, other than by its row.
    #[must_use]
    pub fn is_past(&self, sequence: Sequence) -> bool {
        sequence <= self.place || self.ended.contains(&sequence)
    }

    /// Passes over what the log lets go of.
    pub(crate) fn miss(&mut self, gap: Gap) {
        self.advance(gap.to);
        if gap.events == 0 {
            return;
        }
        let full = self.gaps.len() >= GAPS_MAX;
        match self.gaps.last_mut() {
            Some(last) if full || last.to.next() == gap.from => *last = Gap { from: last.from, events: last.events + gap.events, ..gap },
            _ => self.gaps.push(gap),
        }
    }

    /// Moves the place up, to where the dispatcher says that all below is settled or has a row.
    pub(crate) fn advance(&mut self, place: Sequence) {
        if place > self.place {
            self.place = place;
            self.ended = self.ended.split_off(&place.next());
            // The last epoch that begins at or below the place still matches what comes after it.
            let current = self.epochs.iter().rposition(|epoch| epoch.begins <= place).unwrap_or(0);
            self.epochs.drain(..current);
        }
    }

    pub(crate) fn count(&mut self, settlement: Settlement) {
        *self.attempts.entry(settlement as u8).or_default() += 1;
    }

    /// How many rows are in states that `test` takes.
    #[must_use]
    pub fn rows_in(&self, test: impl Fn(&RowState) -> bool) -> usize {
        self.rows.values().filter(|mark| test(&mark.state)).count()
    }

    /// Lets go of a lane, past the dead letters before it; of a storm what was parked up to here.
    pub(crate) fn release(&mut self, lane: &Lane, at: Sequence) {
        match self.parked.get_mut(lane) {
            Some(parked) if matches!(lane, Lane::Storm(_)) => parked.released = at,
            _ => self.unblock(lane, None),
        }
    }

    /// Lets go of a lane's dead letter, or of all of them.
    pub(crate) fn unblock(&mut self, lane: &Lane, sequence: Option<Sequence>) {
        if let Some(parked) = self.parked.get_mut(lane) {
            match sequence {
                Some(sequence) => drop(parked.behind.remove(&sequence)),
                None => parked.behind.clear(),
            }
            self.forget(lane);
        }
    }

    /// A parked delivery of a lane is one no longer.
    pub(crate) fn unparked(&mut self, lane: &Lane) {
        if let Some(parked) = self.parked.get_mut(lane) {
            parked.count -= 1;
            self.forget(lane);
        }
    }

    fn forget(&mut self, lane: &Lane) {
        if self.parked.get(lane).is_some_and(|parked| parked.behind.is_empty() && parked.count == 0) {
            self.parked.remove(lane);
        }
    }

    /// Deliveries that are parked.
    #[must_use]
    pub fn parked(&self) -> u64 {
        self.parked.values().map(|parked| parked.count).sum()
    }
}
