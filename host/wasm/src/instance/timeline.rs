//! A call's time, which no other clock moves.

use oyez_model::Timestamp;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where the monotonic clock starts, in nanoseconds. Not zero: Go's runtime takes a zero for a broken clock.
const BEGIN: u64 = 1_000_000_000;
/// How far each read moves time on, in nanoseconds.
pub(crate) const STEP: u64 = 1_000;
const SECOND: u64 = 1_000_000_000;

/// One call's time, in nanoseconds of its monotonic clock. Each read moves it on by a microsecond, a sleep to its end at once.
#[derive(Debug)]
pub(crate) struct Timeline {
    begins: Timestamp,
    /// Since when it is the host's own time that passes, if that was granted.
    real: Option<Instant>,
    now: AtomicU64,
    /// The earliest timer that was found not to be due, since [`Self::forget`].
    earliest: AtomicU64,
    /// How many were.
    awaited: AtomicUsize,
}

impl Timeline {
    /// Time whose wall clock starts here.
    pub(crate) fn new(begins: Timestamp) -> Self {
        Self { begins, real: None, now: AtomicU64::new(BEGIN), earliest: AtomicU64::new(u64::MAX), awaited: AtomicUsize::new(0) }
    }

    /// The host's own time.
    pub(crate) fn real() -> Self {
        Self { real: Some(Instant::now()), ..Self::new(Timestamp::default()) }
    }

    /// The monotonic clock as it stands.
    pub(crate) fn now(&self) -> u64 {
        if let Some(began) = self.real {
            return BEGIN.saturating_add(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
        }
        self.now.load(Relaxed)
    }

    /// Reads the monotonic clock, which moves it on.
    pub(crate) fn read(&self) -> u64 {
        let now = self.now();
        self.now.store(now.saturating_add(STEP), Relaxed);
        now
    }

    /// Reads the wall clock, as seconds of the Unix epoch and nanoseconds of the second.
    pub(crate) fn read_wall(&self) -> (u64, u32) {
        if self.real.is_some() {
            #[allow(clippy::disallowed_methods, reason = "the real clock is what was granted")]
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            return (now.as_secs(), now.subsec_nanos());
        }
        let passed = self.read() - BEGIN;
        let fraction = u64::from(self.begins.subsec_nanos()) + passed % SECOND;
        let seconds = self.begins.seconds() + passed / SECOND + fraction / SECOND;
        (seconds, u32::try_from(fraction % SECOND).expect("a remainder of 10^9 fits 32 bits"))
    }

    /// Whether a timer is due; if not, it is remembered as awaited.
    pub(crate) fn is_due(&self, when: u64) -> bool {
        let due = self.now() >= when;
        if !due {
            self.earliest.fetch_min(when, Relaxed);
            self.awaited.fetch_add(1, Relaxed);
        }
        due
    }

    /// How long a real timer waits still; nothing where time jumps.
    pub(crate) fn wait(&self, when: u64) -> Option<Duration> {
        self.real.map(|_| Duration::from_nanos(when.saturating_sub(self.now())))
    }

    /// Forgets which timers were awaited.
    pub(crate) fn forget(&self) {
        self.earliest.store(u64::MAX, Relaxed);
        self.awaited.store(0, Relaxed);
    }

    /// Moves on to the earliest awaited timer, if timers are all that `pollables` things wait for. Says whether it did.
    pub(crate) fn jump(&self, pollables: usize) -> bool {
        let jumps = self.real.is_none() && self.awaited.load(Relaxed) >= pollables;
        if jumps {
            self.now.store(self.earliest.load(Relaxed), Relaxed);
        }
        jumps
    }
}
