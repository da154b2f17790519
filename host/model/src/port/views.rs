//! The store of the views: what can be made anew from the log, kept so that it need not be.

use crate::Sequence;
use std::fmt::Debug;

/// A room of its own in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Space {
    /// Subscriptions: epochs, places, what ended above them, counts.
    Subscriptions,
    /// Deliveries that wait, are parked or dead.
    Rows,
    /// Who sent what: for the dedup window, and to find an event by its id.
    Ids,
    /// What each plugin last was.
    Plugins,
    /// What plugins keep: values by plugin, bucket and key.
    State,
    /// Parked deliveries by lane.
    Parked,
    /// The last event of each source and subject.
    Ends,
}

impl Space {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Subscriptions, Self::Rows, Self::Ids, Self::Plugins, Self::State, Self::Parked, Self::Ends];

    /// Its name on disk.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subscriptions => "subscriptions",
            Self::Rows => "rows",
            Self::Ids => "ids",
            Self::Plugins => "plugins",
            Self::State => "state",
            Self::Parked => "parked",
            Self::Ends => "ends",
        }
    }
}

/// One key written or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub space: Space,
    /// Which; at most 64 KiB.
    pub key: Vec<u8>,
    /// What; nothing takes the key away.
    pub value: Option<Vec<u8>>,
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Why the store said no.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewsError {
    /// The store's own words.
    #[error("the store of the views failed: {0}")]
    Store(String),
    /// Written by a later host.
    #[error("the views have format {found}, and this host reads up to {known}: use a newer `oyez`")]
    NewerFormat {
        /// What it says.
        found: u32,
        /// What we know.
        known: u32,
    },
}

/// The store of the views.
///
/// Laws (one suite tests them against every implementation; what is in memory only ends with its process):
/// 1. After `checkpoint(changes, applied)` returned, `applied` and every change outlive a power cut.
/// 2. A crash during `checkpoint` leaves all of it or nothing: `applied` never says more or less than what is there.
/// 3. `get` and `scan` see the last checkpoint that returned. During one, they see the one before or it, key by key.
/// 4. `scan` goes up from `from` by bytes, within the prefix, `limit` rows at most.
/// 5. The later of two changes to one key in one checkpoint holds.
pub trait Views: Send + Sync + Debug {
    /// The last sequence whose frame is in the views; zero for new ones.
    ///
    /// # Errors
    /// The store says no.
    fn applied(&self) -> Result<Sequence, ViewsError>;

    /// Writes changes and the sequence up to which they hold, as one, and syncs.
    ///
    /// # Errors
    /// The store says no.
    fn checkpoint(&self, changes: &[Change], applied: Sequence) -> Result<(), ViewsError>;

    /// The value of a key.
    ///
    /// # Errors
    /// The store says no.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError>;

    /// Rows whose key begins with `prefix`, from `from` up.
    ///
    /// # Errors
    /// The store says no.
    fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError>;
}
