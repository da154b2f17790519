//! What is kept of a plugin as a whole, over its attempts and its versions.

use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Numbers accounts, so that they have an order.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// One attempt weighs an eighth in what is usual.
const WEIGHT: u64 = 8;

/// A plugin, as the sandbox sees it: whoever shares it shares one part of the cores, the slots and the memory.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: u64,
    /// How much it has had of the threads in each pool, as [`super::fair`] counts it: in nanoseconds. Written under the queue's lock.
    pub(super) times: [AtomicU64; 3],
    /// What its attempts take of a thread, in nanoseconds.
    pub(super) took: Usual,
    /// For how long they keep a core over their beats, in nanoseconds.
    pub(super) kept: Usual,
    /// What it says.
    pub(crate) voice: Mutex<crate::voice::Voice>,
}

/// An average in which the last few count most. Zero before the first, and the first that is more than none counts whole.
#[derive(Debug, Default)]
pub(super) struct Usual(AtomicU64);

impl Account {
    pub(crate) fn new() -> Self {
        let id = NEXT.fetch_add(1, Relaxed);
        Self { id, times: Default::default(), took: Usual::default(), kept: Usual::default(), voice: Mutex::default() }
    }

    /// Whether nothing is known of it: no attempt has ended, nor had enough to be a long one.
    pub(super) fn is_new(&self) -> bool {
        self.took.get() == 0
    }
}

impl Usual {
    pub(super) fn learn(&self, value: u64) {
        let usual = match self.get() {
            0 => value,
            usual => usual - usual / WEIGHT + value / WEIGHT,
        };
        self.0.store(usual, Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_known_from_the_first_and_changes_with_a_few() {
        let usual = Usual::default();
        usual.learn(0);
        usual.learn(80_000);
        assert_eq!(usual.get(), 80_000);
        usual.learn(0);
        assert_eq!(usual.get(), 70_000);
        (0..32).for_each(|_| usual.learn(8_000));
        assert!((8_000..9_000).contains(&usual.get()), "{}", usual.get());
    }
}
