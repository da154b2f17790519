//! `wasi:clocks` over the delivery's own time, which no other clock moves.

use super::poll::Timer;
use crate::run::Guest;
use oyez_model::Timestamp;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use wasmtime::Result;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi_io::poll::{DynPollable, subscribe};

/// Where the monotonic clock starts, in nanoseconds. Not zero: Go's runtime takes a zero for a broken clock.
const BEGIN: u64 = 1_000_000_000;
/// How far each read moves time on, in nanoseconds.
const STEP: u64 = 1_000;
const SECOND: u64 = 1_000_000_000;

/// One call's time, in nanoseconds of its monotonic clock. Each read moves it on by a microsecond, a sleep to its end at once.
#[derive(Debug)]
pub(crate) struct Timeline {
    begins: Timestamp,
    now: AtomicU64,
    /// The earliest timer that was found not to be due, since [`Self::forget`].
    earliest: AtomicU64,
    /// How many were.
    awaited: AtomicUsize,
}

impl Timeline {
    /// Time whose wall clock starts here.
    pub(crate) fn new(begins: Timestamp) -> Self {
        Self { begins, now: AtomicU64::new(BEGIN), earliest: AtomicU64::new(u64::MAX), awaited: AtomicUsize::new(0) }
    }

    fn read(&self) -> u64 {
        let now = self.now.load(Relaxed);
        self.now.store(now.saturating_add(STEP), Relaxed);
        now
    }

    /// Whether a timer is due; if not, it is remembered as awaited.
    pub(super) fn is_due(&self, when: u64) -> bool {
        let due = self.now.load(Relaxed) >= when;
        if !due {
            self.earliest.fetch_min(when, Relaxed);
            self.awaited.fetch_add(1, Relaxed);
        }
        due
    }

    /// Forgets which timers were awaited.
    pub(super) fn forget(&self) {
        self.earliest.store(u64::MAX, Relaxed);
        self.awaited.store(0, Relaxed);
    }

    /// Moves on to the earliest awaited timer, if timers are all that `pollables` things wait for. Says whether it did.
    pub(super) fn jump(&self, pollables: usize) -> bool {
        let jumps = self.awaited.load(Relaxed) >= pollables;
        if jumps {
            self.now.store(self.earliest.load(Relaxed), Relaxed);
        }
        jumps
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> Result<u64> {
        Ok(self.shared.time.read())
    }

    fn resolution(&mut self) -> Result<u64> {
        Ok(STEP)
    }

    fn subscribe_instant(&mut self, when: u64) -> Result<Resource<DynPollable>> {
        let timer = self.table.push(Timer::new(when, self.shared.clone()))?;
        subscribe(&mut self.table, timer)
    }

    fn subscribe_duration(&mut self, wait: u64) -> Result<Resource<DynPollable>> {
        let now = self.shared.time.now.load(Relaxed);
        self.subscribe_instant(now.saturating_add(wait))
    }
}

impl wall_clock::Host for Guest {
    fn now(&mut self) -> Result<wall_clock::Datetime> {
        let time = &self.shared.time;
        let passed = time.read() - BEGIN;
        let fraction = u64::from(time.begins.subsec_nanos()) + passed % SECOND;
        let seconds = time.begins.seconds() + passed / SECOND + fraction / SECOND;
        let nanoseconds = u32::try_from(fraction % SECOND).expect("a remainder of 10^9 fits 32 bits");
        Ok(wall_clock::Datetime { seconds, nanoseconds })
    }

    fn resolution(&mut self) -> Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: 1_000 })
    }
}
