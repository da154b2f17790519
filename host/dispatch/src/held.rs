//! What all subscriptions together hold in memory.
//!
//! An event that many of them took is in memory once, and counted once. Past the most that the host holds, whoever has its share takes no
//! more, so that one with little is not kept waiting by one with much; and all that stopped so come back together, so that they go on
//! through the log as one.

use oyez_model::Recorded;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most that the host holds of events and of what it keeps for each open delivery, in bytes, but for the shares of those that have
/// less than theirs, and for one event each.
pub(crate) const HELD_BYTES_MAX: usize = 128 << 20;
/// Below it, those that stopped come back.
const HELD_BYTES_LOW: usize = HELD_BYTES_MAX / 2;
/// What an open delivery takes beside its event, about: itself, and its places in the lists that it stands in.
pub(crate) const OPEN_BYTES: usize = 512;

/// The bytes that are held. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<AtomicUsize>);

/// Something that is held, and counted until the last one lets go of it.
#[derive(Debug)]
pub(crate) struct Hold {
    held: Held,
    bytes: usize,
}

/// An event that was read, and is counted from when the first one takes it.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) recorded: Arc<Recorded>,
    hold: Option<Arc<Hold>>,
}

impl Offered {
    pub(crate) fn new(recorded: Arc<Recorded>) -> Self {
        Self { recorded, hold: None }
    }

    /// Counts it once for all that take it.
    pub(crate) fn take(&mut self, held: &Held) -> (Arc<Recorded>, Arc<Hold>) {
        let hold = self.hold.get_or_insert_with(|| Arc::new(held.hold(self.recorded.event.size())));
        (Arc::clone(&self.recorded), Arc::clone(hold))
    }
}

/// How much room there is, as a subscription sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The host holds as much as it may.
    pub(crate) full: bool,
    /// There is room again for all that stopped.
    pub(crate) low: bool,
    /// What a subscription may hold all the same, in bytes.
    pub(crate) share: usize,
}

impl Held {
    /// Counts so many bytes.
    pub(crate) fn hold(&self, bytes: usize) -> Hold {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Hold { held: self.clone(), bytes }
    }

    /// How much room there is among so many subscriptions.
    pub(crate) fn room(&self, subscribers: usize) -> Room {
        let held = self.0.load(Ordering::Relaxed);
        Room { full: held >= HELD_BYTES_MAX, low: held < HELD_BYTES_LOW, share: HELD_BYTES_MAX / subscribers.max(1) }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.held.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
