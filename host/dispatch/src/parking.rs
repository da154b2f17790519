//! Lanes that are held back behind a dead letter.
//!
//! What comes for such a lane is not kept in memory: it gets a row, and holds the place down until that is durable. When nothing is before
//! the lane any more, its rows are taken up again page by page, oldest first; what comes meanwhile is parked behind them. So a lane
//! flows on in order, however long it stood.

use oyez_engine::ParkedLane;
use oyez_model::{Lane, Sequence};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is parked of one subscription.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    lanes: HashMap<Lane, Held>,
    /// To be parked, and not asked for yet.
    wanted: BTreeMap<Lane, Vec<Sequence>>,
}

#[derive(Debug, Default)]
struct Held {
    /// The dead letters that it waits behind.
    behind: BTreeSet<Sequence>,
    /// It may have rows that are not taken up.
    stored: bool,
    /// A page of them is being read.
    reading: bool,
    /// On their way to a row.
    parking: usize,
}

impl Held {
    fn is_over(&self) -> bool {
        self.behind.is_empty() && !self.stored && !self.reading && self.parking == 0
    }
}

impl Parking {
    pub(crate) fn new(lanes: &BTreeMap<Lane, ParkedLane>) -> Self {
        let held = |(lane, parked): (&Lane, &ParkedLane)| {
            (lane.clone(), Held { behind: parked.behind.clone(), stored: parked.count > 0, ..Held::default() })
        };
        Self { lanes: lanes.iter().map(held).collect(), wanted: BTreeMap::new() }
    }

    /// Whether what comes for a lane is parked; if so, it will be.
    pub(crate) fn takes(&mut self, lane: &Lane, sequence: Sequence) -> bool {
        let Some(held) = self.lanes.get_mut(lane) else { return false };
        held.parking += 1;
        // A dead letter that was redriven and is parked behind an older one is in the lane's own line again.
        held.behind.remove(&sequence);
        self.wanted.entry(lane.clone()).or_default().push(sequence);
        true
    }

    /// A lane is held back behind a dead letter; `rows` says that some of it has rows already.
    pub(crate) fn hold(&mut self, lane: Lane, behind: Sequence, rows: bool) {
        let held = self.lanes.entry(lane).or_default();
        held.behind.insert(behind);
        held.stored |= rows;
    }

    /// What is to get a row, by lane, in order.
    pub(crate) fn wanted(&mut self) -> BTreeMap<Lane, Vec<Sequence>> {
        std::mem::take(&mut self.wanted)
    }

    /// How many have none yet.
    pub(crate) fn under_way(&self) -> usize {
        self.lanes.values().map(|held| held.parking).sum()
    }

    /// So many have one now.
    pub(crate) fn parked(&mut self, lane: &Lane, n: usize) {
        if let Some(held) = self.lanes.get_mut(lane) {
            held.parking -= n;
            held.stored = true;
        }
    }

    /// No dead letter blocks a lane any more.
    pub(crate) fn unblock(&mut self, lane: &Lane) {
        if let Some(held) = self.lanes.get_mut(lane) {
            held.behind.clear();
        }
        self.forget(lane);
    }

    /// A dead letter is gone, whatever lane it stood in.
    pub(crate) fn gone(&mut self, sequence: Sequence) {
        if self.lanes.is_empty() {
            return;
        }
        for held in self.lanes.values_mut() {
            held.behind.remove(&sequence);
        }
        self.lanes.retain(|_, held| !held.is_over());
    }

    /// Lanes of which a page is to be read now. `is_free` says whether nothing of a lane is in hand.
    pub(crate) fn begin_reading(&mut self, is_free: impl Fn(&Lane) -> bool) -> Vec<Lane> {
        let mut lanes = Vec::new();
        for (lane, held) in &mut self.lanes {
            if held.stored && !held.reading && held.behind.is_empty() && is_free(lane) {
                (held.stored, held.reading) = (false, true);
                lanes.push(lane.clone());
            }
        }
        lanes
    }

    /// A page was read; `more` says that there is another.
    pub(crate) fn read(&mut self, lane: &Lane, more: bool) {
        if let Some(held) = self.lanes.get_mut(lane) {
            held.reading = false;
            held.stored |= more;
        }
        self.forget(lane);
    }

    fn forget(&mut self, lane: &Lane) {
        if self.lanes.get(lane).is_some_and(Held::is_over) {
            self.lanes.remove(lane);
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
        parking.parked(&lane, 1);
        parking.gone(Sequence(7));
        assert_eq!(parking.begin_reading(|_| true), [lane]);
    }
}
