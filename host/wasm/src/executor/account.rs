//! What is kept of a plugin as a whole, over its attempts and its versions.

use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

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
    /// What its attempts take of a thread, in nanoseconds: an average in which the last few count most. Zero before the first.
    usual: AtomicU64,
    /// Whether an attempt kept a core over its beats, and none has ended since that did not.
    bulk: AtomicBool,
    /// What it says.
    pub(crate) voice: Mutex<crate::voice::Voice>,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            times: Default::default(),
            usual: AtomicU64::new(0),
            bulk: AtomicBool::new(false),
            voice: Mutex::default(),
        }
    }

    /// An attempt has had so much, and ends or goes on as a long one.
    pub(super) fn learn(&self, nanos: u64) {
        let usual = match self.usual.load(Relaxed) {
            0 => nanos,
            usual => usual - usual / WEIGHT + nanos / WEIGHT,
        };
        self.usual.store(usual, Relaxed);
    }

    /// An attempt keeps a core over its beats, or has ended and did not.
    pub(super) fn set_bulk(&self, bulk: bool) {
        self.bulk.store(bulk, Relaxed);
    }

    /// Whether its attempts are taken for ones that keep a core over their beats.
    pub(super) fn is_bulk(&self) -> bool {
        self.bulk.load(Relaxed)
    }

    /// Whether nothing is known of it yet.
    pub(super) fn is_new(&self) -> bool {
        self.usual() == 0
    }

    /// What its attempts take, usually, in nanoseconds.
    pub(super) fn usual(&self) -> u64 {
        self.usual.load(Relaxed)
    }
}
