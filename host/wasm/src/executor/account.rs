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
    pub(super) times: [AtomicU64; 2],
    /// What its attempts take of a thread, in nanoseconds: an average in which the last few count most. Zero before the first.
    usual: AtomicU64,
    /// What it says.
    pub(crate) voice: Mutex<crate::voice::Voice>,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self { id: NEXT.fetch_add(1, Relaxed), times: Default::default(), usual: AtomicU64::new(0), voice: Mutex::default() }
    }

    /// An attempt has had so much, and ends or goes on as a long one.
    pub(super) fn learn(&self, nanos: u64) {
        let usual = match self.usual.load(Relaxed) {
            0 => nanos,
            usual => usual - usual / WEIGHT + nanos / WEIGHT,
        };
        self.usual.store(usual, Relaxed);
    }

    /// What its attempts take, usually, in nanoseconds.
    pub(super) fn usual(&self) -> u64 {
        self.usual.load(Relaxed)
    }
}
