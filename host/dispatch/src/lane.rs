//! The lanes of one subscription at work.

use oyez_event::Event;
use oyez_model::{Lane, Ordering, Sequence};
use std::collections::{BTreeSet, HashMap};

/// The lane of an event; nothing where no order is asked for: no key, or an order of none.
pub(crate) fn lane_of(ordering: Ordering, event: &Event) -> Option<Lane> {
    match ordering {
        Ordering::Total => Some(Lane::Total),
        Ordering::Key if event.has_partition_key() => Some(Lane::Key(event.partition_key().to_owned())),
        Ordering::Key | Ordering::None => None,
    }
}

#[derive(Debug, Default)]
struct Line {
    /// Taken, and not yet over: it holds the lane, through its waits too.
    busy: Option<Sequence>,
    waiting: BTreeSet<Sequence>,
}

/// The lanes of one subscription; those with nothing in them are not there.
#[derive(Debug, Default)]
pub(crate) struct Lanes(HashMap<Lane, Line>);

impl Lanes {
    /// Puts a delivery into its lane, in the log's order. Gives back whether it may run at once.
    pub(crate) fn enter(&mut self, key: &Lane, sequence: Sequence) -> bool {
        let lane = self.0.entry(key.clone()).or_default();
        if lane.busy.is_some() {
            lane.waiting.insert(sequence);
            return false;
        }
        lane.busy = Some(sequence);
        true
    }

    /// A delivery is over. Gives back the next one of its lane.
    pub(crate) fn leave(&mut self, key: &Lane, sequence: Sequence) -> Option<Sequence> {
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

    /// Takes a lane away, with what waits in it.
    pub(crate) fn take(&mut self, key: &Lane) -> BTreeSet<Sequence> {
        self.0.remove(key).map(|line| line.waiting).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_lets_one_through_at_a_time_in_the_order_of_the_log() {
        let key = Lane::Total;
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
