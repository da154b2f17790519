//! What a long attempt owes that kept a core over its beats, beside others: as much time without one.
//!
//! Only an instruction does that which copies or fills memory by the megabyte. Beside one after the other of them, at 27 GB/s, whatever else
//! ran on other cores took 1.7 times as long here, at any priority: caches and the way to memory are everybody's.

use crate::instance::{read_cpu, recent_cpu};
use std::time::Duration;

/// Who gives way at each beat has a core for less than this, in nanoseconds: a beat, and one more by which the clock was read too early.
const BEATS_NANOS: u64 = 2_000_000;
/// The longest rest: others wait for the thread too.
const REST_MAX: Duration = Duration::from_millis(50);

/// The cpu time of a thread as an attempt goes on, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Began(u64);

impl Began {
    pub(super) fn now() -> Self {
        Self(recent_cpu().1)
    }

    /// What is owed by who had the thread for so many nanoseconds, in which it may have waited for a core too.
    pub(super) fn owes(self, took: u64) -> u64 {
        if took < BEATS_NANOS {
            return 0;
        }
        let had = read_cpu().saturating_sub(self.0).min(took);
        if had < BEATS_NANOS { 0 } else { had }
    }
}

/// The thread rests for so many nanoseconds.
#[allow(clippy::disallowed_methods, reason = "nothing is waited for: time is what is owed")]
pub(super) fn rest(owed: u64) {
    std::thread::sleep(Duration::from_nanos(owed).min(REST_MAX));
}
