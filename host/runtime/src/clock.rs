//! The time of day, by the door.

use oyez_model::Timestamp;
use oyez_model::port::Clock;
use std::time::{Duration, Instant, SystemTime};

/// The machine's time of day when the process began, and from there on the time that has passed: it never goes back.
#[derive(Debug)]
pub(crate) struct SystemClock {
    began: Timestamp,
    since: Instant,
}

impl SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the door by which the time comes in")]
    pub(crate) fn start() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { began: Timestamp::default().after(now), since: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.began.after(self.since.elapsed())
    }
}
