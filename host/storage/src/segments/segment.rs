//! One segment as the log has it in memory: its file, and where in it to look for a sequence.

use super::format::{self, GroupAt, SEGMENT_HEADER, Salt};
use oyez_model::Sequence;
use oyez_model::port::{File, LogError};
use parking_lot::RwLock;
use std::io;
use std::sync::Arc;

/// One place in the index for so many bytes of groups: sparse, so that the index is no larger than a thousandth of the log.
const INDEX_EVERY: usize = 64 << 10;

/// Where a frame that stands in a damaged stretch begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Island {
    pub(crate) last: Sequence,
    pub(crate) offset: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The last sequence of what was synced here.
    pub(crate) last: Sequence,
    /// Where what was synced ends.
    pub(crate) end: usize,
    /// Of some groups: the sequence before it, and where it begins. Going up in both.
    groups: Vec<(Sequence, usize)>,
    /// With damage here, every whole frame, instead of the groups.
    pub(crate) islands: Option<Arc<[Island]>>,
}

impl Places {
    /// Of a segment that begins after `last`, and holds nothing but its header.
    pub(crate) fn new(last: Sequence) -> Self {
        Self { last, end: SEGMENT_HEADER, ..Self::default() }
    }

    /// Notes a group that is synced.
    pub(crate) fn add(&mut self, group: &GroupAt) {
        if self.groups.last().is_none_or(|(_, offset)| group.offset - offset >= INDEX_EVERY) {
            self.groups.push((group.before, group.offset));
        }
        self.last = group.last;
        self.end = group.end;
    }

    /// Where to begin to look for a sequence: at a group that begins at or below it.
    pub(crate) fn seek(&self, sequence: Sequence) -> usize {
        let after = self.groups.partition_point(|(before, _)| *before < sequence);
        self.groups.get(after.saturating_sub(1)).map_or(self.end, |(_, offset)| *offset)
    }
}

/// One segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) file: Arc<dyn File>,
    /// The end of the log before it.
    pub(crate) before: Sequence,
    pub(crate) salt: Salt,
    /// How long the file is.
    pub(crate) length: usize,
    pub(crate) places: RwLock<Places>,
}

/// A file that is reserved, and not yet part of the log.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(crate) ordinal: u64,
    pub(crate) file: Arc<dyn File>,
    /// How much of it is reserved; nothing where there was no room.
    pub(crate) length: usize,
}

impl Spare {
    /// Makes it the segment that holds what comes after `before`. Its header is synced before anything is written behind it: so where
    /// there is something behind a header that does not hold, that header was damaged, not torn.
    pub(crate) fn begin(self, before: Sequence, salt: Salt) -> io::Result<Segment> {
        let Self { ordinal, file, length } = self;
        file.write_at(&format::segment_header(before, salt), 0)?;
        file.sync()?;
        Ok(Segment { name: name(ordinal), file, before, salt, length, places: RwLock::new(Places::new(before)) })
    }
}

/// The name of a segment's file.
pub(crate) fn name(ordinal: u64) -> String {
    format!("{ordinal:010}.seg")
}

/// The ordinal in a file's name.
pub(crate) fn ordinal(name: &str) -> Option<u64> {
    let ordinal = name.strip_suffix(".seg")?.parse().ok()?;
    (self::name(ordinal) == name).then_some(ordinal)
}

/// What was done to the log when the system said no.
pub(super) fn io_error(what: impl Into<String>) -> impl FnOnce(io::Error) -> LogError {
    |source| LogError::Io { what: what.into(), source }
}

/// The same of what comes before anything is written: where there is only no room, it may be tried again.
pub(super) fn no_room(what: String) -> impl FnOnce(io::Error) -> LogError {
    |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LogError::Full(what),
        _ => LogError::Io { what, source },
    }
}
