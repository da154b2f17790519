//! What producers, the operator and the one who kills let each other know.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What they let each other know, for the life of one host.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// Nobody begins anything any more.
    pub(super) stop: Sign,
    /// The host ends from here on: what fails fails by that.
    pub(super) ending: Sign,
    /// A plugin is being swapped, removed or brought back.
    pub(super) changing: Sign,
    /// A parked lane was let go.
    pub(super) flowing: Sign,
    /// Requests of producers that have no answer yet.
    pub(super) under_way: AtomicUsize,
}

/// Something that is so, or not.
#[derive(Debug, Default)]
pub(super) struct Sign(AtomicBool);

impl Sign {
    pub(super) fn set(&self, is: bool) {
        self.0.store(is, Ordering::SeqCst);
    }

    pub(super) fn is(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Lets time pass, or less of it if `enough` says so.
pub(super) fn pass(time: Duration, mut enough: impl FnMut() -> bool) {
    let begun = Instant::now();
    while let Some(left) = time.checked_sub(begun.elapsed()).filter(|left| !left.is_zero())
        && !enough()
    {
        std::thread::park_timeout(left.min(Duration::from_millis(1)));
    }
}
