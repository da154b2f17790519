//! The files of a log as opening finds them: which are segments, and which wait to become one.

use super::format::{self, FORMAT, GroupAt, Header, SEGMENT_HEADER, Salt};
use super::segment::{Spare, io_error, ordinal};
use oyez_model::Sequence;
use oyez_model::port::{File, Files, LogError};
use std::collections::VecDeque;
use std::sync::Arc;

/// So many bytes that are not zero in a file without a header are noise in a spare; more were a segment.
const NOISE_BYTES_MAX: usize = 8;

/// A segment's file.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) ordinal: u64,
    pub(crate) file: Arc<dyn File>,
    pub(crate) length: usize,
    /// The end of the log before it; nothing where its header is lost.
    pub(crate) before: Option<Sequence>,
    pub(crate) salt: Salt,
}

/// What opening finds.
pub(crate) struct Folder {
    pub(crate) segments: Vec<Found>,
    /// Behind the last segment.
    pub(crate) spares: Vec<Found>,
    pub(crate) salt: Salt,
}

/// A segment's bytes. One segment is in memory at a time.
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    /// How far bytes other than zero go.
    pub(crate) written: usize,
    salt: Salt,
}

/// Looks at every file: a segment's header says what it is.
pub(crate) fn find(files: &dyn Files, salt: Salt) -> Result<Folder, LogError> {
    let mut found = Vec::new();
    for name in files.list().map_err(io_error("listing the log"))? {
        if let Some(ordinal) = ordinal(&name) {
            found.push(Found::open(files, name, ordinal)?);
        }
    }
    found.sort_by_key(|found| found.ordinal);
    // All of a log have one salt: a segment whose header is lost is read by that of the others.
    let salt = found.iter().find(|found| found.before.is_some()).map_or(salt, |found| found.salt);
    let mut folder = Folder { segments: Vec::new(), spares: Vec::new(), salt };
    for mut found in found {
        if found.before.is_none() {
            found.salt = salt;
            if found.is_spare()? {
                folder.spares.push(found);
                continue;
            }
        }
        // What looks like a spare, with a segment behind it, was one that lost all it had.
        folder.segments.append(&mut folder.spares);
        folder.segments.push(found);
    }
    Ok(folder)
}

impl Found {
    fn open(files: &dyn Files, name: String, ordinal: u64) -> Result<Self, LogError> {
        let failed = || io_error(format!("reading {name}"));
        let file = files.open(&name).map_err(failed())?;
        let length = usize::try_from(file.len().map_err(failed())?).unwrap_or(usize::MAX);
        let mut header = [0; SEGMENT_HEADER];
        file.read_at(&mut header, 0).map_err(failed())?;
        let (before, salt) = match format::read_segment_header(&header) {
            Header::Whole(before, salt) => (Some(before), salt),
            Header::Newer(found) => return Err(LogError::NewerFormat { found, known: FORMAT }),
            Header::Broken => (None, Salt(0)),
        };
        Ok(Self { name, ordinal, file, length, before, salt })
    }

    /// Reads all of it.
    pub(crate) fn content(&self) -> Result<Content, LogError> {
        let mut bytes = vec![0; self.length];
        let read = self.file.read_at(&mut bytes, 0).map_err(io_error(format!("reading {}", self.name)))?;
        bytes.truncate(read);
        let written = written(&bytes);
        Ok(Content { bytes, written, salt: self.salt })
    }

    fn is_spare(&self) -> Result<bool, LogError> {
        let Content { bytes, written, .. } = self.content()?;
        let noise = || bytes[SEGMENT_HEADER..written].iter().filter(|byte| **byte != 0).count();
        Ok(written <= SEGMENT_HEADER || noise() <= NOISE_BYTES_MAX)
    }

    pub(crate) fn at(&self, offset: usize) -> String {
        format!("{} at byte {offset}", self.name)
    }

    /// Makes all from `offset` on zero, so that nothing of it ever comes back. Gives back how many bytes were not.
    pub(crate) fn cut(&self, offset: usize) -> Result<u64, LogError> {
        let written = self.content()?.written;
        if written <= offset {
            return Ok(0);
        }
        let failed = || io_error(format!("cutting {}", self.at(offset)));
        self.file.truncate(offset as u64).map_err(failed())?;
        self.file.sync().map_err(failed())?;
        self.file.allocate(self.length as u64).map_err(failed())?;
        self.file.sync().map_err(failed())?;
        Ok((written - offset) as u64)
    }
}

/// What may be written next.
pub(crate) fn spares(found: Vec<Found>) -> VecDeque<Spare> {
    found.into_iter().map(|found| Spare { ordinal: found.ordinal, length: found.length, file: found.file }).collect()
}

impl Content {
    /// The first group from a byte on that holds, and brings something new.
    pub(crate) fn group_after(&self, from: usize, end: Sequence) -> Option<GroupAt> {
        let next = |from| format::find_group(&self.bytes, self.salt, from);
        std::iter::successors(next(from), |group| next(group.end)).find(|group| group.last > end)
    }
}

/// How far bytes other than zero go.
fn written(bytes: &[u8]) -> usize {
    const ZEROS: [u8; 4096] = [0; 4096];
    let zeros: usize = bytes.rchunks(ZEROS.len()).take_while(|chunk| **chunk == ZEROS[..chunk.len()]).map(<[u8]>::len).sum();
    bytes[..bytes.len() - zeros].iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}
