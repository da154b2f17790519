//! A plugin's state: values by bucket and key, read at a snapshot, written with the delivery's end.

use crate::{Sequence, bounds};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Where a value stands within its plugin's state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct StateKey {
    /// At most [`bounds::BUCKET_BYTES_MAX`] bytes.
    #[n(0)]
    pub bucket: String,
    /// At most [`bounds::KEY_BYTES_MAX`] bytes.
    #[n(1)]
    pub key: String,
}

impl StateKey {
    /// A key of a bucket.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }

    /// What the key and a value of so many bytes take of a plugin's state: their own bytes, and those of its row.
    #[must_use]
    pub fn size_with(&self, value: usize) -> u64 {
        (self.bucket.len() + self.key.len() + value + bounds::KEY_ROW_BYTES) as u64
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.key)
    }
}

/// One key written, or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateWrite {
    /// Which.
    #[n(0)]
    pub key: StateKey,
    /// Its value from here on; nothing takes the key away.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub value: Option<Vec<u8>>,
}

/// What a run has seen of its plugin's state. If any of it is otherwise when the run is to be settled, the run is void.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateReads {
    /// The moment at which it read.
    pub at: Sequence,
    /// Each key with the settlement that had written its value; nothing where it was absent.
    pub keys: BTreeMap<StateKey, Option<Sequence>>,
    /// Buckets whose keys it listed.
    pub listed: BTreeSet<String>,
}

/// What a run has read of its plugin's state, and wants written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// What it saw.
    pub reads: StateReads,
    /// What it wrote, in the order of the keys.
    pub writes: Vec<StateWrite>,
}

impl StateChanges {
    /// Guards and writes of one settlement, which have a limit together: see [`bounds::STATE_KEYS_MAX`].
    #[must_use]
    pub fn keys(&self) -> usize {
        self.reads.keys.len() + self.reads.listed.len() + self.writes.len()
    }
}

/// Why a key or a value is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateLimit {
    /// A bucket's name.
    #[error("a bucket's name of {0} bytes is over the limit of {max}: use a shorter one", max = bounds::BUCKET_BYTES_MAX)]
    Bucket(usize),
    /// A key.
    #[error("a key of {0} bytes is over the limit of {max}: use a shorter one, its hash for instance", max = bounds::KEY_BYTES_MAX)]
    Key(usize),
    /// A value.
    #[error("a value of {0} bytes is over the limit of {max}: divide it over several keys", max = bounds::VALUE_BYTES_MAX)]
    Value(usize),
    /// Keys that were read, listed or written, and emissions, in one attempt.
    #[error("an attempt read and wrote more than {max} keys: do it in several deliveries", max = bounds::STATE_KEYS_MAX)]
    Keys,
    /// What one attempt writes.
    #[error("an attempt wrote more than {max} bytes of state: do it in several deliveries", max = bounds::STATE_WRITE_BYTES_MAX)]
    Bytes,
    /// All of a plugin's state.
    #[error("the plugin's state would have {wanted} bytes, over the limit of {max}: delete keys, or raise `state_bytes` under [limits]")]
    Quota {
        /// What it would have.
        wanted: u64,
        /// What it may have.
        max: u64,
    },
}
