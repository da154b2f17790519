//! How fast the orders of one user come: the times of the newest few, kept in state for as long as they matter.

use oyez_plugin::prelude::*;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Users share this many values of the state. So each order also clears away what it finds of users who have been quiet since, and the state grows
/// with the users of a window, not with all there ever were. More of them means fewer orders that overtake each other.
const SLOTS: u64 = 1_024;

/// When it was ordered, in milliseconds: as the event says, unless that lies in the future, where it would hide what comes until then.
pub(crate) fn time(event: &Event, delivery: &Delivery) -> i64 {
    let [said, accepted] =
        [event.time.unwrap_or(delivery.accepted), delivery.accepted].map(|time| time.seconds * 1_000 + i64::from(time.nanoseconds / 1_000_000));
    said.min(accepted)
}

/// Takes note of an order, and says whether it is one too many: whether the user's newest, one more than are usual, lie within the window.
///
/// # Errors
/// State is not granted.
pub(crate) fn exceeds(user: &str, time: i64, usual: usize, seconds: u32) -> Result<bool> {
    let window = i64::from(seconds) * 1_000;
    let user = hash(user);
    let (slots, slot) = (state::bucket("velocity")?, (user % SLOTS).to_string());
    let mut users = slots.get::<BTreeMap<u64, Vec<i64>>>(&slot)?.unwrap_or_default();
    users.retain(|_, times| times.last().is_some_and(|last| last + window > time));
    let times = users.entry(user).or_default();
    times.insert(times.partition_point(|earlier| *earlier <= time), time);
    let span = times.iter().nth_back(usual).zip(times.last()).map(|(first, last)| last - first);
    times.drain(..times.len().saturating_sub(usual));
    slots.set(&slot, &users)?;
    Ok(span.is_some_and(|span| span < window))
}

/// Of one length, however long a user's id is. (Should another compiler hash another way, a window is forgotten, and no more.)
fn hash(user: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    user.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::{Timestamp, testing};

    /// Whether each of the orders, at these seconds, is one too many: more than two within ten seconds.
    fn flags(user: &str, seconds: &[i64]) -> Vec<bool> {
        seconds.iter().map(|second| exceeds(user, second * 1_000, 2, 10).unwrap()).collect()
    }

    #[test]
    fn only_orders_within_the_window_count() {
        assert_eq!(flags("window", &[0, 5, 9, 10, 15, 24, 24, 24]), [false, false, true, true, true, false, true, true]);
    }

    #[test]
    fn the_order_in_which_they_are_seen_is_of_no_account() {
        assert_eq!(flags("order", &[9, 0, 5, 4]), [false, false, true, true]);
        assert_eq!(flags("late", &[100, 99, 0, 50]), [false, false, false, false]);
    }

    #[test]
    fn who_has_been_quiet_is_forgotten_and_who_has_not_is_bounded() {
        let slots = state::bucket("velocity").unwrap();
        let slot = (hash("quiet") % SLOTS).to_string();
        let neighbour = (0..).map(|i| format!("u-{i}")).find(|user| hash(user) % SLOTS == hash("quiet") % SLOTS).unwrap();
        flags("quiet", &[0]);
        flags(&neighbour, &[9; 100]);
        let kept = || slots.get::<BTreeMap<u64, Vec<i64>>>(&slot).unwrap().unwrap();
        assert_eq!(kept(), BTreeMap::from([(hash("quiet"), vec![0]), (hash(&neighbour), vec![9_000; 2])]));
        flags(&neighbour, &[10]);
        assert_eq!(kept(), BTreeMap::from([(hash(&neighbour), vec![9_000, 10_000])]));
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        let at = |seconds| Timestamp { seconds, nanoseconds: 500_000_000 };
        let delivery = Delivery { accepted: at(100), ..testing::delivery("on-order") };
        for (said, time) in [(None, 100_500), (Some(at(7)), 7_500), (Some(at(1_000)), 100_500)] {
            let event = Event { time: said, ..testing::event("shop.order.placed.v1", json!({})) };
            assert_eq!(super::time(&event, &delivery), time);
        }
    }
}
