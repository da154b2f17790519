//! What an attempt kept a core for over its beats, and how long its thread rests for it beside others.
//!
//! Only an instruction does that which copies or fills memory by the megabyte, or as much work within a host call. Beside one after the
//! other of them the p99 of whoever ran on another core was twice what it was alone here, at any priority, and 1.6 times with these rests:
//! caches and the way to memory are everybody's.

use super::work::BEATS_NANOS;
use crate::instance::{read_cpu, recent_cpu};
use crate::ticker::ticks;
use std::time::Duration;

/// For as many times as long as it kept a core, a thread rests: it works a quarter of the time, and more only with instructions of
/// over 33 ms, by the longest rest.
const TIMES: u64 = 3;
/// The longest rest: others wait for the thread too.
const REST_MAX: Duration = Duration::from_millis(100);

/// Where an attempt goes on: the beat, and the cpu time of its thread in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Began {
    tick: u64,
    cpu: u64,
}

impl Began {
    pub(super) fn now() -> Self {
        let (tick, cpu) = recent_cpu();
        Self { tick, cpu }
    }

    /// For how many nanoseconds it kept the core, by who had the thread for so many, in which it may have waited for a core too: none if it
    /// gave way at its beats. A beat that came late is nobody's fault: two have to have passed.
    pub(super) fn kept(self, took: u64) -> u64 {
        if took < BEATS_NANOS || ticks() < self.tick + 2 {
            return 0;
        }
        let had = read_cpu().saturating_sub(self.cpu).min(took);
        if had < BEATS_NANOS { 0 } else { had }
    }
}

/// How long a thread rests that kept a core for so many nanoseconds.
pub(super) fn rest_after(kept: u64) -> Duration {
    Duration::from_nanos(kept.saturating_mul(TIMES)).min(REST_MAX)
}
