//! What an attempt kept a core for over its beats, and how long its thread rests for it beside others.
//!
//! Only an instruction does that which copies or fills memory by the megabyte. Beside one after the other of them the p99 of whoever ran on
//! another core was 1.7 times what it was alone here, at whatever priority, and 1.4 times with these rests: caches and the way to memory are
//! everybody's.

use crate::instance::{read_cpu, recent_cpu};
use std::time::Duration;

/// Who gives way at each beat has a core for less than this, in nanoseconds: a beat, and one more by which the clock was read too early.
const BEATS_NANOS: u64 = 2_000_000;
/// For as many times as long as a core was kept, nobody keeps one: a quarter of the time is left to such instructions.
const TIMES: u64 = 3;
/// The longest rest: others wait for the thread too.
const REST_MAX: Duration = Duration::from_millis(100);

/// The cpu time of a thread as an attempt goes on, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Began(u64);

impl Began {
    pub(super) fn now() -> Self {
        Self(recent_cpu().1)
    }

    /// For how many nanoseconds it kept the core, by who had the thread for so many, in which it may have waited for a core too: none if it
    /// gave way at its beats.
    pub(super) fn kept(self, took: u64) -> u64 {
        if took < BEATS_NANOS {
            return 0;
        }
        let had = read_cpu().saturating_sub(self.0).min(took);
        if had < BEATS_NANOS { 0 } else { had }
    }
}

/// How long a thread rests that kept a core for so many nanoseconds.
pub(super) fn rest_after(kept: u64) -> Duration {
    Duration::from_nanos(kept.saturating_mul(TIMES)).min(REST_MAX)
}
