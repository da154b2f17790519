//! A plugin's state as it was at one moment.

use crate::port::ViewsError;
use crate::{Sequence, StateKey};
use std::fmt::Debug;

/// A value with the settlement that wrote it.
pub type Versioned = (Sequence, Vec<u8>);

/// Why a snapshot does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// What is asked for was written since: the run could not be settled any more, and ends.
    #[error("the state was changed by another delivery while this one ran")]
    Overtaken,
    /// The store says no.
    #[error(transparent)]
    Views(#[from] ViewsError),
}

/// A plugin's state as it was at one moment.
///
/// Laws (one suite tests them):
/// 1. All answers are of the moment [`Snapshot::at`]; what cannot be had any more is [`SnapshotError::Overtaken`], never a later value.
/// 2. Only settlements at or before that moment are in it, and all of those.
/// 3. It does not hold up writers, nor they it.
/// 4. `keys` names each key once, by its bytes, `limit` at most; whoever goes on after the last one sees them all.
pub trait Snapshot: Send + Sync + Debug {
    /// The moment.
    fn at(&self) -> Sequence;

    /// The value of a key.
    ///
    /// # Errors
    /// It was written since, or the store says no.
    fn get(&self, key: &StateKey) -> Result<Option<Versioned>, SnapshotError>;

    /// Keys of a bucket by their bytes, after one, `limit` at most.
    ///
    /// # Errors
    /// A key of the bucket came or went since, or the store says no.
    fn keys(&self, bucket: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, SnapshotError>;
}
