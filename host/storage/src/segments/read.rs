//! Reading: beside the writer, synced frames only, each by its checksum.

use super::format::{self, FRAME_HEADER, GROUP_HEADER, aligned};
use super::segment::{Segment, io_error};
use oyez_model::Sequence;
use oyez_model::port::{Damage, Extent, File, LogError, LogReader, RawFrame};
use parking_lot::RwLock;
use std::io;
use std::sync::Arc;

/// Bytes read from a file at a time: a sixteenth of what is asked for, so that little is read in vain, but within these.
const CHUNK_MIN: usize = 16 << 10;
const CHUNK_MAX: usize = 256 << 10;

/// What the writer and its readers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) end: RwLock<Sequence>,
    /// In the order of the log.
    pub(crate) segments: RwLock<Vec<Arc<Segment>>>,
    pub(crate) damage: Vec<Damage>,
}

/// A stretch of a file, read as it is needed.
struct Window<'a> {
    file: &'a dyn File,
    /// Behind it nothing is written.
    end: usize,
    start: usize,
    bytes: Vec<u8>,
    /// Read at a time.
    chunk: usize,
}

impl Window<'_> {
    /// So many bytes from `offset` on, which are there: they were synced.
    fn get(&mut self, offset: usize, length: usize) -> io::Result<&[u8]> {
        if offset < self.start || offset + length > self.start + self.bytes.len() {
            self.start = offset;
            self.bytes.resize(length.max(self.chunk.min(self.end.saturating_sub(offset))), 0);
            let read = self.file.read_at(&mut self.bytes, offset as u64)?;
            self.bytes.truncate(read);
            if read < length {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
        }
        let from = offset - self.start;
        Ok(&self.bytes[from..from + length])
    }
}

/// What has been found so far.
struct Found {
    frames: Vec<RawFrame>,
    bytes: usize,
    enough: usize,
}

impl Found {
    fn is_enough(&self) -> bool {
        !self.frames.is_empty() && self.bytes >= self.enough
    }

    fn take(&mut self, frame: RawFrame) {
        self.bytes += frame.bytes.len();
        self.frames.push(frame);
    }
}

impl Segment {
    fn read(&self, from: Sequence, found: &mut Found) -> Result<(), LogError> {
        let (start, end, islands) = {
            let places = self.places.read();
            (places.seek(from), places.end, places.islands.clone())
        };
        let chunk = (found.enough / 16).clamp(CHUNK_MIN, CHUNK_MAX);
        let window = &mut Window { file: &*self.file, end, start: 0, bytes: Vec::new(), chunk };
        if let Some(islands) = islands {
            let first = islands.partition_point(|island| island.last < from);
            for island in &islands[first..] {
                if found.is_enough() {
                    return Ok(());
                }
                self.frame(window, island.offset, from, found)?;
            }
            return Ok(());
        }
        let mut offset = start;
        while offset < end && !found.is_enough() {
            let header = window.get(offset, GROUP_HEADER).map_err(io_error(self.at(offset)))?;
            let header = format::read_group_header(header, self.salt).ok_or_else(|| self.gone_bad(offset))?;
            let (mut at, until) = (offset + GROUP_HEADER, offset + GROUP_HEADER + header.payload);
            while header.last >= from && at < until && !found.is_enough() {
                at = self.frame(window, at, from, found)?;
            }
            offset = aligned(until);
        }
        Ok(())
    }

    /// Reads the frame at an offset, and takes it unless it ends below `from`. Gives back where the next one begins.
    fn frame(&self, window: &mut Window<'_>, offset: usize, from: Sequence, found: &mut Found) -> Result<usize, LogError> {
        let header = window.get(offset, FRAME_HEADER).map_err(io_error(self.at(offset)))?;
        let header = format::read_frame_header(header, self.salt).ok_or_else(|| self.gone_bad(offset))?;
        let next = offset + FRAME_HEADER + header.length;
        if header.last >= from {
            let bytes = window.get(offset + FRAME_HEADER, header.length).map_err(io_error(self.at(offset)))?;
            if !header.holds(bytes) {
                return Err(self.gone_bad(offset));
            }
            found.take(header.frame(bytes));
        }
        Ok(next)
    }

    fn at(&self, offset: usize) -> String {
        format!("reading {} at byte {offset}", self.name)
    }

    /// It was whole when the log was opened, or has been written since.
    fn gone_bad(&self, offset: usize) -> LogError {
        let source = io::Error::new(
            io::ErrorKind::InvalidData,
            "what stands there does not match its checksum: the disk has changed it; restart to see what is whole",
        );
        LogError::Io { what: self.at(offset), source }
    }
}

impl LogReader for Shared {
    fn first(&self) -> Sequence {
        self.segments.read().first().map_or(*self.end.read(), |segment| segment.before).next()
    }

    fn end(&self) -> Sequence {
        *self.end.read()
    }

    fn read(&self, from: Sequence, bytes: usize) -> Result<Vec<RawFrame>, LogError> {
        let mut found = Found { frames: Vec::new(), bytes: 0, enough: bytes.max(1) };
        let segments: Vec<_> = {
            let segments = self.segments.read();
            let start = segments.partition_point(|segment| segment.places.read().last < from);
            segments[start..].to_vec()
        };
        for segment in segments {
            if found.is_enough() {
                break;
            }
            segment.read(from, &mut found)?;
        }
        Ok(found.frames)
    }

    fn extents(&self) -> Vec<Extent> {
        let extent = |segment: &Arc<Segment>| Extent { first: segment.before.next(), last: segment.places.read().last, bytes: segment.length as u64 };
        self.segments.read().iter().map(extent).collect()
    }

    fn damage(&self) -> Vec<Damage> {
        self.damage.clone()
    }
}
