//! Writing: one group, one write, one sync.

use super::format::{self, FRAME_HEADER, GROUP_HEADER, GroupAt, SEGMENT_HEADER, Salt, aligned};
use super::read::Shared;
use super::recover;
use super::segment::{Places, Segment, name};
use oyez_model::Sequence;
use oyez_model::bounds::FRAME_BYTES_MAX;
use oyez_model::port::{File, Files, Group, Log, LogError, LogReader, Opened};
use parking_lot::RwLock;
use std::io;
use std::sync::Arc;

/// How the log is cut into files.
#[derive(Clone, Copy, Debug)]
pub struct SegmentOptions {
    /// The length of a segment, in bytes. Default = 64 MiB. A group that is longer gets a segment of its own length.
    pub segment_bytes: u64,
    /// What the checksums of a new log begin with, unknown to producers; a log that is there has its own. Default = 0.
    pub salt: u64,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, salt: 0 }
    }
}

/// A file that is reserved, and not yet part of the log.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(crate) ordinal: u64,
    pub(crate) file: Arc<dyn File>,
    pub(crate) length: usize,
}

/// The log as segments over a folder of files.
#[derive(Debug)]
pub struct Segments {
    files: Arc<dyn Files>,
    segment_bytes: usize,
    salt: Salt,
    shared: Arc<Shared>,
    spare: Option<Spare>,
    next_ordinal: u64,
    /// Kept between groups, so that writing allocates nothing.
    buffer: Vec<u8>,
    poisoned: Option<String>,
}

pub(crate) fn io_error(what: impl Into<String>) -> impl FnOnce(io::Error) -> LogError {
    |source| LogError::Io { what: what.into(), source }
}

impl Segments {
    /// Opens a log, or begins one. A torn tail is cut; damage changes nothing on the disk, and makes the log read-only. `proof` is a
    /// sequence up to which the log is known to have been synced.
    ///
    /// # Errors
    /// A file cannot be read or cut, or is of a later format.
    pub fn open(files: Arc<dyn Files>, options: SegmentOptions, proof: Sequence) -> Result<(Self, Opened), LogError> {
        let recovered = recover::recover(&*files, proof)?;
        let salt = recovered.segments.first().map_or(Salt(options.salt), |segment| segment.salt);
        let opened = Opened { torn: recovered.torn, damage: recovered.damage.clone() };
        let shared = Shared { end: RwLock::new(recovered.end), segments: RwLock::new(recovered.segments), damage: recovered.damage };
        let log = Self {
            files,
            segment_bytes: usize::try_from(options.segment_bytes).unwrap_or(usize::MAX),
            salt,
            shared: Arc::new(shared),
            spare: recovered.spare,
            next_ordinal: recovered.next_ordinal,
            buffer: Vec::new(),
            poisoned: None,
        };
        Ok((log, opened))
    }

    /// Makes a file of zeros, there after a crash.
    fn reserve(&mut self, length: usize) -> Result<Spare, LogError> {
        let ordinal = self.next_ordinal;
        let name = name(ordinal);
        let file = self.files.create(&name).map_err(io_error(format!("creating {name}")))?;
        self.next_ordinal += 1;
        file.allocate(length as u64).map_err(io_error(format!("reserving {length} bytes for {name}: make room on the disk")))?;
        self.files.sync_folder().map_err(io_error(format!("syncing the folder of {name}")))?;
        Ok(Spare { ordinal, file, length })
    }

    /// A segment with room for so many bytes of group, its header still to be written.
    fn roll(&mut self, bytes: usize) -> Result<Arc<Segment>, LogError> {
        let length = self.segment_bytes.max(aligned(SEGMENT_HEADER) + bytes);
        let fresh = match self.spare.take() {
            Some(spare) if spare.length >= length => spare,
            Some(spare) => {
                // Too short for this one: as long as it must be, under the same name.
                spare.file.allocate(length as u64).map_err(io_error(format!("reserving {length} bytes: make room on the disk")))?;
                Spare { length, ..spare }
            }
            None => self.reserve(length)?,
        };
        let Spare { ordinal, file, length } = fresh;
        let (before, places) = (self.end(), Places::new(self.end()));
        Ok(Arc::new(Segment { name: name(ordinal), file, before, salt: self.salt, length, places: RwLock::new(places) }))
    }

    fn write(&mut self, group: &Group) -> Result<(), LogError> {
        let frames: usize = group.frames.iter().map(|frame| FRAME_HEADER + frame.bytes.len()).sum();
        let bytes = aligned(GROUP_HEADER + frames);
        let active = self.shared.segments.read().last().cloned();
        let roomy = active.filter(|segment| segment.places.read().end + bytes <= segment.length);
        let (segment, fresh) = if let Some(segment) = roomy { (segment, false) } else { (self.roll(bytes)?, true) };
        let end = segment.places.read().end;
        self.buffer.clear();
        if fresh {
            self.buffer.extend_from_slice(&format::segment_header(segment.before, segment.salt));
        }
        let (before, from) = (self.end(), self.buffer.len());
        format::write_group(&mut self.buffer, segment.salt, before, group);
        let offset = if fresh { 0 } else { end };
        segment.file.write_at(&self.buffer, offset as u64).map_err(io_error(format!("writing {}", segment.name)))?;
        segment.file.sync().map_err(io_error(format!("syncing {}", segment.name)))?;

        let last = group.frames.last().map_or(before, |frame| frame.last);
        let written = GroupAt { offset: offset + from, before, last, end: offset + self.buffer.len() };
        segment.places.write().add(&written);
        if fresh {
            self.shared.segments.write().push(segment);
        }
        *self.shared.end.write() = last;
        if fresh {
            // Ahead of need, so that a group never waits for the file system to find room.
            self.spare = Some(self.reserve(self.segment_bytes)?);
        }
        Ok(())
    }
}

impl Log for Segments {
    fn end(&self) -> Sequence {
        *self.shared.end.read()
    }

    fn append(&mut self, after: Sequence, group: &Group) -> Result<(), LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Poisoned(why.clone()));
        }
        if let Some(damage) = self.shared.damage.first() {
            return Err(LogError::Damaged(damage.place.clone()));
        }
        if after != self.end() {
            return Err(LogError::Superseded { after, end: self.end() });
        }
        if let Some(frame) = group.frames.iter().find(|frame| frame.bytes.len() > FRAME_BYTES_MAX) {
            return Err(LogError::TooLarge { bytes: frame.bytes.len() });
        }
        if group.frames.is_empty() {
            return Ok(());
        }
        self.write(group).inspect_err(|error| self.poisoned = Some(error.to_string()))
    }

    fn trim(&mut self, below: Sequence) -> Result<(), LogError> {
        let gone: Vec<_> = {
            let segments = self.shared.segments.read();
            let active = segments.len().saturating_sub(1);
            segments[..active].iter().take_while(|segment| segment.places.read().last < below).cloned().collect()
        };
        for segment in &gone {
            self.files.remove(&segment.name).map_err(io_error(format!("removing {}", segment.name)))?;
            self.shared.segments.write().remove(0);
        }
        if gone.is_empty() { Ok(()) } else { self.files.sync_folder().map_err(io_error("syncing the folder of the log")) }
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.shared) as Arc<dyn LogReader>
    }
}
