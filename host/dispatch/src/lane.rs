//! Lanes: the in-order line of one partition key within one subscription.

use oyez_event::Event;
use oyez_model::{Ordering, Sequence};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Which lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LaneKey {
    /// The one lane of a total order.
    Total,
    /// That of a partition key.
    Key(Arc<str>),
}

impl LaneKey {
    /// The lane of an event; nothing where no order is asked for: no key, or an order of none.
    pub(crate) fn of(ordering: Ordering, event: &Event) -> Option<Self> {
        match ordering {
            Ordering::Total => Some(Self::Total),
            Ordering::Key if event.has_partition_key() => Some(Self::Key(event.partition_key().into())),
            Ordering::Key | Ordering::None => None,
        }
    }
}

#[derive(Debug, Default)]
struct Lane {
    /// Taken, and not yet over: it holds the lane, through its waits too.
    busy: Option<Sequence>,
    waiting: BTreeSet<Sequence>,
}

/// The lanes of one subscription; those with nothing in them are not there.
#[derive(Debug, Default)]
pub(crate) struct Lanes(HashMap<LaneKey, Lane>);

impl Lanes {
    /// Puts a delivery into its lane, in the log's order. Gives back whether it may run at once.
    pub(crate) fn enter(&mut self, key: &LaneKey, sequence: Sequence) -> bool {
        let lane = self.0.entry(key.clone()).or_default();
        if lane.busy.is_some() {
            lane.waiting.insert(sequence);
            return false;
        }
        lane.busy = Some(sequence);
        true
    }

    /// A delivery is over. Gives back the next one of its lane.
    pub(crate) fn leave(&mut self, key: &LaneKey, sequence: Sequence) -> Option<Sequence> {
        let lane = self.0.get_mut(key)?;
        if lane.busy != Some(sequence) {
            lane.waiting.remove(&sequence);
            return None;
        }
        lane.busy = lane.waiting.pop_first();
        if lane.busy.is_none() {
            self.0.remove(key);
            return None;
        }
        lane.busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_lets_one_through_at_a_time_in_the_order_of_the_log() {
        let key = LaneKey::Total;
        let mut lanes = Lanes::default();
        assert!(lanes.enter(&key, Sequence(5)));
        assert!(!lanes.enter(&key, Sequence(9)));
        // Redriven: older than what waits.
        assert!(!lanes.enter(&key, Sequence(2)));
        assert_eq!(lanes.leave(&key, Sequence(5)), Some(Sequence(2)));
        assert_eq!(lanes.leave(&key, Sequence(2)), Some(Sequence(9)));
        assert_eq!(lanes.leave(&key, Sequence(9)), None);
        assert!(lanes.0.is_empty());
    }
}
