//! Lanes that are held back behind a dead letter.
//!
//! What comes for such a lane is not kept in memory: it gets a row, and holds the place down until that is durable. When nothing is before
//! the lane any more, its rows are taken up again page by page, oldest first; what comes meanwhile is parked behind them. So a lane
//! flows on in order, however long it stood.

use oyez_engine::ParkedLane;
use oyez_model::{Lane, Sequence};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Lanes of which a page is read at a time: so that however many begin to flow at once, what is taken up at once stays bounded.
const READING_MAX: usize = 16;

/// What is parked of one subscription. What happens to one delivery costs the same however many lanes stand.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    lanes: HashMap<Lane, Held>,
    /// The dead letters that lanes wait behind.
    before: HashMap<Sequence, Lane>,
    /// Lanes that wait behind none, and are not over.
    flowing: BTreeSet<Lane>,
    /// To be parked, and not asked for yet.
    wanted: BTreeMap<Lane, Vec<Sequence>>,
    /// On their way to a row, of all lanes.
    under_way: usize,
    /// Of these, what was in hand before: it may stand before what is stored. And the lane that it leaves, if it was parked in another one.
    back: HashMap<Sequence, Option<Lane>>,
    /// How many rows that were taken up say still that they are parked in a lane.
    in_hand: HashMap<Lane, usize>,
    /// Lanes of which a page is being read.
    reading: usize,
}

#[derive(Debug, Default)]
struct Held {
    /// How many dead letters it waits behind.
    behind: usize,
    /// It may have rows that are not taken up.
    stored: bool,
    /// A page of them is being read.
    reading: bool,
    /// It does not hold any more: the lane was held back since, or something is on its way to before it.
    void: bool,
    /// On their way to a row.
    parking: usize,
    /// Of these, what was in hand before.
    back: usize,
}

impl Parking {
    pub(crate) fn new(lanes: &BTreeMap<Lane, ParkedLane>) -> Self {
        let mut parking = Self::default();
        for (lane, parked) in lanes {
            parking.lanes.insert(lane.clone(), Held { behind: parked.behind.len(), stored: parked.count > 0, ..Held::default() });
            parking.before.extend(parked.behind.iter().map(|dead| (*dead, lane.clone())));
            parking.look_at(lane);
        }
        parking
    }

    /// Whether what comes for a lane is parked; if so, it will be.
    pub(crate) fn takes(&mut self, lane: &Lane, sequence: Sequence) -> bool {
        let Some(held) = self.lanes.get_mut(lane) else { return false };
        held.parking += 1;
        self.under_way += 1;
        self.wanted.entry(lane.clone()).or_default().push(sequence);
        // A dead letter that was redriven and is parked behind an older one is in the lane's own line again.
        self.gone(sequence);
        true
    }

    /// A delivery is held back with its storm.
    pub(crate) fn contain(&mut self, root: Sequence, sequence: Sequence) {
        let lane = Lane::Storm(root);
        self.lanes.entry(lane.clone()).or_default().parking += 1;
        self.under_way += 1;
        self.wanted.entry(lane).or_default().push(sequence);
    }

    /// The same for what was in hand; `from` is the lane that its row says it is parked in.
    pub(crate) fn takes_back(&mut self, lane: &Lane, sequence: Sequence, from: Option<Lane>) -> bool {
        if !self.takes(lane, sequence) {
            return false;
        }
        if let (Entry::Vacant(back), Some(held)) = (self.back.entry(sequence), self.lanes.get_mut(lane)) {
            held.back += 1;
            held.void |= held.reading;
            // Till it is parked in this lane, it is not to be read in that one.
            if let Some(from) = back.insert(from) {
                *self.in_hand.entry(from.clone()).or_default() += 1;
            }
        }
        true
    }

    /// Whether something that was in hand is on its way to a row.
    pub(crate) fn is_taking_back(&self, sequence: Sequence) -> bool {
        self.back.contains_key(&sequence)
    }

    /// A lane is held back behind a dead letter; `rows` says that some of it has rows already.
    pub(crate) fn hold(&mut self, lane: Lane, behind: Sequence, rows: bool) {
        self.gone(behind);
        let held = self.lanes.entry(lane.clone()).or_default();
        held.behind += 1;
        held.stored |= rows;
        held.void |= held.reading;
        self.flowing.remove(&lane);
        self.before.insert(behind, lane);
    }

    /// What is to get a row, by lane, in order.
    pub(crate) fn wanted(&mut self) -> BTreeMap<Lane, Vec<Sequence>> {
        std::mem::take(&mut self.wanted)
    }

    /// How many have none yet.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way
    }

    /// These have one now.
    pub(crate) fn parked(&mut self, lane: &Lane, sequences: &[Sequence]) {
        let Some(held) = self.lanes.get_mut(lane) else { return };
        held.parking -= sequences.len();
        self.under_way -= sequences.len();
        // What was contained waits for a release.
        held.stored |= !matches!(lane, Lane::Storm(_));
        let back: Vec<_> = sequences.iter().filter_map(|sequence| self.back.remove(sequence)).collect();
        held.back -= back.len();
        back.iter().flatten().for_each(|from| self.put_down(from));
        self.look_at(lane);
    }

    /// A row of a lane is in hand.
    pub(crate) fn pick_up(&mut self, lane: &Lane) {
        *self.in_hand.entry(lane.clone()).or_default() += 1;
    }

    /// A row that was in hand says no longer that it is parked in this lane, or will be read again.
    pub(crate) fn put_down(&mut self, lane: &Lane) {
        if let Some(n) = self.in_hand.get_mut(lane) {
            *n -= 1;
            if *n == 0 {
                self.in_hand.remove(lane);
            }
        }
    }

    /// Somebody let a lane go: no dead letter blocks it any more, and what is contained there goes on.
    pub(crate) fn release(&mut self, lane: &Lane) {
        self.before.retain(|_, blocked| blocked != lane);
        if matches!(lane, Lane::Storm(_)) {
            self.lanes.entry(lane.clone()).or_default().stored = true;
        } else if let Some(held) = self.lanes.get_mut(lane) {
            held.behind = 0;
        }
        self.look_at(lane);
    }

    /// A dead letter is gone, whatever lane it stood in.
    pub(crate) fn gone(&mut self, sequence: Sequence) {
        if let Some(lane) = self.before.remove(&sequence) {
            if let Some(held) = self.lanes.get_mut(&lane) {
                held.behind -= 1;
            }
            self.look_at(&lane);
        }
    }

    /// Lanes of which a page is to be read now: those of which nothing is in hand.
    pub(crate) fn begin_reading(&mut self) -> Vec<Lane> {
        let mut lanes = Vec::new();
        for lane in self.flowing.iter().filter(|lane| !self.in_hand.contains_key(*lane)) {
            if self.reading == READING_MAX {
                break;
            }
            if let Some(held) = self.lanes.get_mut(lane).filter(|held| held.stored && !held.reading && held.back == 0) {
                (held.stored, held.reading) = (false, true);
                self.reading += 1;
                lanes.push(lane.clone());
            }
        }
        lanes
    }

    /// A page was read; `more` says that there is another. Gives back whether it still holds; if not, it is read again.
    pub(crate) fn read(&mut self, lane: &Lane, more: bool) -> bool {
        let Some(held) = self.lanes.get_mut(lane).filter(|held| held.reading) else { return false };
        let void = std::mem::take(&mut held.void);
        held.reading = false;
        self.reading -= 1;
        held.stored |= more || void;
        self.look_at(lane);
        !void
    }

    /// A lane that waits behind nothing flows; one of which nothing is left is forgotten.
    fn look_at(&mut self, lane: &Lane) {
        let Some(Held { behind: 0, stored, reading, parking, .. }) = self.lanes.get(lane) else { return };
        if *stored || *reading || *parking > 0 {
            self.flowing.insert(lane.clone());
        } else {
            self.lanes.remove(lane);
            self.flowing.remove(lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redriven_dead_letter_that_is_parked_behind_an_older_one_does_not_wait_for_itself() {
        let lane = Lane::Total;
        let mut parking = Parking::default();
        parking.hold(lane.clone(), Sequence(7), false);
        // Released past 7, 8 died too; both were redriven, and 7 died again.
        parking.hold(lane.clone(), Sequence(8), false);
        parking.hold(lane.clone(), Sequence(7), false);
        assert!(parking.takes(&lane, Sequence(8)));
        parking.parked(&lane, &[Sequence(8)]);
        parking.gone(Sequence(7));
        assert_eq!(parking.begin_reading(), [lane]);
    }
}
