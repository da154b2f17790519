//! The log: the only truth, as a sequence of frames.

use crate::Sequence;
use std::fmt::Debug;
use std::sync::Arc;

/// One frame in its binary form: the log does not look inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawFrame {
    /// The first sequence that it takes.
    pub first: Sequence,
    /// The last; at least `first`.
    pub last: Sequence,
    /// The frame, encoded; at most [`crate::bounds::FRAME_BYTES_MAX`].
    pub bytes: Vec<u8>,
}

/// Frames that are written and synced together. Each frame is atomic by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// In order, without overlap; never empty when appended.
    pub frames: Vec<RawFrame>,
}

/// What was cut from the end of a log: written, and never synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Where: a file and a byte offset, or the like.
    pub place: String,
    /// How many bytes.
    pub bytes: u64,
}

/// Something that was synced, and is not whole any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where: a file and a byte offset, or the like.
    pub place: String,
    /// The sequence after which something is missing.
    pub after: Sequence,
    /// The next sequence that is whole; nothing if the end is missing.
    pub until: Option<Sequence>,
    /// What was found.
    pub what: String,
}

/// What opening a log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The unsynced rest that was cut, if any.
    pub torn: Option<TornTail>,
    /// What is not whole; with any, the log takes no more.
    pub damage: Vec<Damage>,
}

/// A piece of the log that can be let go of as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first sequence that may be in it.
    pub first: Sequence,
    /// The last.
    pub last: Sequence,
    /// What it takes on the device, in bytes.
    pub bytes: u64,
}

/// Why the log said no.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// Another writer has taken over, or the writer is not where it thinks.
    #[error("the log ends at {end}, not at {after}: another writer has it")]
    Superseded {
        /// What the caller thought.
        after: Sequence,
        /// What is.
        end: Sequence,
    },
    /// An earlier write or sync failed, so that nobody knows what is on the device.
    #[error("an earlier write to the log failed ({0}); what waits is written once the device takes it again")]
    Poisoned(String),
    /// It has damage, and takes no more.
    #[error("the log is damaged at {0}; it is served, and takes no more")]
    Damaged(String),
    /// A frame over the limit.
    #[error("a frame of {bytes} bytes is over the limit of {max}", max = crate::bounds::FRAME_BYTES_MAX)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A frame that is whole, and says what this host does not understand.
    #[error("the frame at {first} cannot be read ({what}): a later `oyez` wrote it; use that one")]
    Unreadable {
        /// Its first sequence.
        first: Sequence,
        /// What was found.
        what: String,
    },
    /// Written by a later host.
    #[error("the log has format {found}, and this host reads up to {known}: use a newer `oyez`")]
    NewerFormat {
        /// What it says.
        found: u32,
        /// What we know.
        known: u32,
    },
    /// The device has no room. Nothing was written, and the same group may be appended once there is some.
    #[error("the disk is full ({0}): make room; what waits is written then, without a restart")]
    Full(String),
    /// The device said no.
    #[error("{what}: {source}")]
    Io {
        /// What was tried, and on what.
        what: String,
        /// What the device said.
        source: std::io::Error,
    },
}

/// The writing side of a log. One process, one writer.
///
/// Laws (one suite tests them against every implementation):
/// 1. `append` returns only after every frame of the group would outlive a power cut; a reader sees them then, and not before.
/// 2. A frame is in the log whole or not at all, whenever the power goes.
/// 3. Frames read back are those appended, in order, byte for byte.
/// 4. `append` with an `after` that is not `end` changes nothing and is [`LogError::Superseded`].
/// 5. After a failed `append` every later one is [`LogError::Poisoned`], until `mend`: whether the group is there is not known. But
///    [`LogError::Full`] says that nothing was written, and the same group may be appended again.
/// 6. If a frame is there after a crash, so is every frame before it, or its absence is reported as damage.
/// 7. With damage, `append` is [`LogError::Damaged`]; what is whole is read.
/// 8. After `trim(n)` every frame with a `last` at or above `n` is still there; earlier ones may be gone.
/// 9. `mend` makes an end of not knowing: after it `append` takes groups again, behind `end`, and what an `append` that failed had left
///    above that is gone, and stays gone whenever the power goes. A `mend` that fails changes nothing of this, and may be tried again.
///
/// It may not be assumed that sequences are dense, or that a refusal says why.
pub trait Log: Send + Debug {
    /// The last sequence in the log; zero for an empty one.
    fn end(&self) -> Sequence;

    /// Writes a group after `after`, and syncs it.
    ///
    /// # Errors
    /// See the laws. A frame that is too large changes nothing.
    fn append(&mut self, after: Sequence, group: &Group) -> Result<(), LogError>;

    /// Lets go of frames that end below `below`.
    ///
    /// # Errors
    /// The device says no; nothing above is touched.
    fn trim(&mut self, below: Sequence) -> Result<(), LogError>;

    /// Makes sure of what is there, after an `append` that failed. Does nothing where none did.
    ///
    /// # Errors
    /// The device still says no.
    fn mend(&mut self) -> Result<(), LogError>;

    /// A reader, which may outlive the writer.
    fn reader(&self) -> Arc<dyn LogReader>;
}

/// The reading side, under the laws of [`Log`]: sees synced frames only.
pub trait LogReader: Send + Sync + Debug {
    /// The first sequence that the log still has; one past the end if it has none.
    fn first(&self) -> Sequence;

    /// The last synced sequence.
    fn end(&self) -> Sequence;

    /// Frames in order from the one that holds `from`, or the next after it: as many as fit `bytes`, at least one if there is any.
    /// Passes over damage; see [`LogReader::damage`].
    ///
    /// # Errors
    /// The device says no.
    fn read(&self, from: Sequence, bytes: usize) -> Result<Vec<RawFrame>, LogError>;

    /// The pieces in which [`Log::trim`] lets go, oldest first; the last one is being written.
    fn extents(&self) -> Vec<Extent>;

    /// What is not whole.
    fn damage(&self) -> Vec<Damage>;
}
