//! Writing: one group, one write, one sync.

use super::format::{self, FRAME_HEADER, GROUP_HEADER, GroupAt, SEGMENT_HEADER, Salt, aligned};
use super::read::Shared;
use super::recover;
use super::segment::{self, Segment, Spare, io_error, name, no_room};
use oyez_model::Sequence;
use oyez_model::bounds::FRAME_BYTES_MAX;
use oyez_model::port::{Files, Group, Log, LogError, LogReader, Opened};
use parking_lot::RwLock;
use std::collections::VecDeque;
use std::sync::Arc;

/// How the log is cut into files.
#[derive(Clone, Copy, Debug)]
pub struct SegmentOptions {
    /// The length of a segment, in bytes. Default = 64 MiB. A group that is longer gets a segment of its own length.
    pub segment_bytes: u64,
    /// What the checksums of a new log begin with, unknown to producers; a log that is there has its own. Give the same one each time:
    /// where no segment's header is left, what is whole is still found by it. Default = 0.
    pub salt: u64,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, salt: 0 }
    }
}

/// The log as segments over a folder of files.
#[derive(Debug)]
pub struct Segments {
    files: Arc<dyn Files>,
    segment_bytes: usize,
    salt: Salt,
    shared: Arc<Shared>,
    /// What comes next, in this order; usually one.
    spares: VecDeque<Spare>,
    next_ordinal: u64,
    /// Kept between groups, so that writing allocates nothing.
    buffer: Vec<u8>,
    poisoned: Option<String>,
}

impl Segments {
    /// Opens a log, or begins one. A torn tail is cut; damage changes nothing on the disk, and makes the log read-only. `proof` is a
    /// sequence up to which the log is known to have been synced. Memory: one segment at a time.
    ///
    /// # Errors
    /// A file cannot be read or cut, or is of a later format.
    pub fn open(files: Arc<dyn Files>, options: SegmentOptions, proof: Sequence) -> Result<(Self, Opened), LogError> {
        let recovered = recover::recover(&*files, Salt(options.salt), proof)?;
        let opened = Opened { torn: recovered.torn, damage: recovered.damage.clone() };
        let shared = Shared { end: RwLock::new(recovered.end), segments: RwLock::new(recovered.segments), damage: recovered.damage };
        let log = Self {
            files,
            segment_bytes: usize::try_from(options.segment_bytes).unwrap_or(usize::MAX),
            salt: recovered.salt,
            shared: Arc::new(shared),
            spares: recovered.spares,
            next_ordinal: recovered.next_ordinal,
            buffer: Vec::new(),
            poisoned: None,
        };
        Ok((log, opened))
    }

    /// Makes the file that comes next, with room where there is room. It is there after a crash.
    fn reserve(&mut self) -> Result<(), LogError> {
        let (ordinal, length) = (self.next_ordinal, self.segment_bytes);
        let name = name(ordinal);
        let file = self.files.create(&name).map_err(no_room(format!("creating {name}")))?;
        self.next_ordinal += 1;
        let length = if file.allocate(length as u64).is_ok() { length } else { 0 };
        self.files.sync_folder().map_err(io_error(format!("syncing the folder of {name}")))?;
        self.spares.push_back(Spare { ordinal, file, length });
        Ok(())
    }

    /// Ahead of need, so that a group never waits for the file system to find room. What there is no room for now is tried again when it
    /// is needed; only a sync that failed ends all writing.
    fn reserve_ahead(&mut self) {
        let made = self.next_ordinal;
        if let Err(error) = self.reserve()
            && self.next_ordinal != made
        {
            self.poisoned = Some(error.to_string());
        }
    }

    /// A segment with room for so many bytes of group.
    fn roll(&mut self, bytes: usize) -> Result<Arc<Segment>, LogError> {
        let length = self.segment_bytes.max(SEGMENT_HEADER + bytes);
        if self.spares.is_empty() {
            self.reserve()?;
        }
        let mut spare = self.spares.pop_front().expect("one was reserved");
        let name = name(spare.ordinal);
        if spare.length < length {
            if let Err(error) = spare.file.allocate(length as u64) {
                self.spares.push_front(spare);
                return Err(no_room(format!("reserving {length} bytes for {name}"))(error));
            }
            spare.length = length;
        }
        let segment = spare.begin(self.end(), self.salt).map_err(io_error(format!("writing {name}")))?;
        Ok(Arc::new(segment))
    }

    fn write(&mut self, group: &Group) -> Result<(), LogError> {
        let frames: usize = group.frames.iter().map(|frame| FRAME_HEADER + frame.bytes.len()).sum();
        let bytes = aligned(GROUP_HEADER + frames);
        let active = self.shared.segments.read().last().cloned();
        let roomy = active.filter(|segment| segment.places.read().end + bytes <= segment.length);
        let (segment, fresh) = if let Some(segment) = roomy { (segment, false) } else { (self.roll(bytes)?, true) };
        let (before, offset) = (self.end(), segment.places.read().end);
        self.buffer.clear();
        format::write_group(&mut self.buffer, segment.salt, before, group);
        segment.file.write_at(&self.buffer, offset as u64).map_err(io_error(format!("writing {}", segment.name)))?;
        segment.file.sync().map_err(io_error(format!("syncing {}", segment.name)))?;

        let last = group.frames.last().map_or(before, |frame| frame.last);
        segment.places.write().add(&GroupAt { offset, before, last, end: offset + self.buffer.len() });
        if fresh {
            self.shared.segments.write().push(segment);
        }
        *self.shared.end.write() = last;
        if fresh && self.spares.is_empty() {
            self.reserve_ahead();
        }
        Ok(())
    }

    /// Cuts the log behind its last synced group, and takes away every file that is not yet part of it, from the last one down: else a
    /// crash could leave one that was made after another that is gone. The machine takes what a failed sync was to write for clean, so
    /// that syncing it again proves nothing; what is cut is written anew.
    fn take_back(&mut self) -> Result<(), LogError> {
        let active = self.shared.segments.read().last().cloned();
        let kept = active.as_ref().and_then(|segment| segment::ordinal(&segment.name)).unwrap_or(0);
        let names = self.files.list().map_err(io_error("listing the files of the log"))?;
        let mut later: Vec<_> = names.iter().filter_map(|name| segment::ordinal(name)).filter(|ordinal| *ordinal > kept).collect();
        later.sort_unstable();
        for name in later.into_iter().rev().map(name) {
            self.files.remove(&name).map_err(io_error(format!("removing {name}")))?;
            self.files.sync_folder().map_err(io_error(format!("syncing the folder of {name}")))?;
        }
        self.spares.clear();
        self.next_ordinal = kept + 1;
        if let Some(segment) = active {
            let failed = || io_error(format!("cutting {}", segment.name));
            segment.file.truncate(segment.places.read().end as u64).map_err(failed())?;
            segment.file.allocate(segment.length as u64).map_err(failed())?;
            segment.file.sync().map_err(failed())?;
        }
        self.files.sync_folder().map_err(io_error("syncing the folder of the log"))
    }

    /// What failed ends all writing. But where there is no room nothing was begun.
    fn poison(&mut self, error: &LogError) {
        if !matches!(error, LogError::Full(_)) {
            self.poisoned = Some(error.to_string());
        }
    }

    fn check_writable(&self) -> Result<(), LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Poisoned(why.clone()));
        }
        self.shared.damage.first().map_or(Ok(()), |damage| Err(LogError::Damaged(damage.place.clone())))
    }
}

impl Log for Segments {
    fn end(&self) -> Sequence {
        *self.shared.end.read()
    }

    fn append(&mut self, after: Sequence, group: &Group) -> Result<(), LogError> {
        self.check_writable()?;
        if after != self.end() {
            return Err(LogError::Superseded { after, end: self.end() });
        }
        if let Some(frame) = group.frames.iter().find(|frame| frame.bytes.len() > FRAME_BYTES_MAX) {
            return Err(LogError::TooLarge { bytes: frame.bytes.len() });
        }
        if group.frames.is_empty() {
            return Ok(());
        }
        let ends = group.frames.iter().scan(after, |end, frame| Some((std::mem::replace(end, frame.last), frame)));
        assert!(ends.into_iter().all(|(end, frame)| end < frame.first && frame.first <= frame.last), "the frames of a group go up");
        self.write(group).inspect_err(|error| self.poison(error))
    }

    fn trim(&mut self, below: Sequence) -> Result<(), LogError> {
        self.check_writable()?;
        if self.shared.segments.read().last().is_some_and(|active| active.places.read().last < below) {
            // All of it goes: what comes goes into a new one.
            let fresh = self.roll(0).inspect_err(|error| self.poison(error))?;
            self.shared.segments.write().push(fresh);
        }
        let gone: Vec<_> = {
            let segments = self.shared.segments.read();
            let active = segments.len().saturating_sub(1);
            segments[..active].iter().take_while(|segment| segment.places.read().last < below).cloned().collect()
        };
        for segment in &gone {
            self.files.remove(&segment.name).map_err(io_error(format!("removing {}", segment.name)))?;
            self.shared.segments.write().remove(0);
            // One by one: else a crash could bring the first one back, and not the second.
            let synced = self.files.sync_folder().map_err(io_error(format!("syncing the folder of {}", segment.name)));
            synced.inspect_err(|error| self.poison(error))?;
        }
        Ok(())
    }

    fn mend(&mut self) -> Result<(), LogError> {
        if self.poisoned.is_some() {
            self.take_back()?;
            self.poisoned = None;
        }
        Ok(())
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::clone(&self.shared) as Arc<dyn LogReader>
    }
}
