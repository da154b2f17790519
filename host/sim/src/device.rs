//! The device and its seams: the clock, the store of the views, and the log, as the product sees them.

use oyez_model::port::{Change, Clock, Group, Log, LogError, LogReader, RawFrame, Row, Space, Views, ViewsError};
use oyez_model::{Frame, FrameBody, Sequence, Timestamp};
use oyez_storage::{MemoryFiles, MemoryViews, SegmentOptions};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What outlives a process.
#[derive(Debug)]
pub(crate) struct Durable {
    pub(crate) files: Arc<MemoryFiles>,
    pub(crate) store: Arc<MemoryViews>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) unknown: Unknown,
    pub(crate) segments: SegmentOptions,
    pub(crate) window: Duration,
}

/// The time of day, which goes on when the world says so.
#[derive(Debug)]
pub(crate) struct VirtualClock(AtomicU64);

impl VirtualClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(AtomicU64::new(now.nanos()))
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.0.store(now.nanos(), Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// One process's way to the store of the views, which outlives it.
#[derive(Debug)]
pub(crate) struct ProcessViews {
    store: Arc<MemoryViews>,
    /// The next checkpoint fails.
    pub(crate) fails: AtomicBool,
    /// Of a process that leaves the ids out of its checkpoints: what it knows of them itself.
    ids: Option<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
}

impl ProcessViews {
    pub(crate) fn new(store: Arc<MemoryViews>, keeps_ids: bool) -> Self {
        Self { store, fails: AtomicBool::new(false), ids: (!keeps_ids).then(Mutex::default) }
    }
}

impl Views for ProcessViews {
    fn applied(&self) -> Result<Sequence, ViewsError> {
        self.store.applied()
    }

    fn checkpoint(&self, changes: &[Change], applied: Sequence) -> Result<(), ViewsError> {
        if self.fails.swap(false, Ordering::Relaxed) {
            return Err(ViewsError::Store("the device fails".to_owned()));
        }
        let Some(ids) = &self.ids else { return self.store.checkpoint(changes, applied) };
        let (own, others): (Vec<_>, Vec<_>) = changes.iter().cloned().partition(|change| change.space == Space::Ids);
        ids.lock().extend(own.into_iter().filter_map(|change| Some((change.key, change.value?))));
        self.store.checkpoint(&others, applied)
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        match &self.ids {
            Some(ids) if space == Space::Ids => Ok(ids.lock().get(key).cloned()),
            _ => self.store.get(space, key),
        }
    }

    fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError> {
        self.store.scan(space, prefix, from, limit)
    }
}

/// A log that writes a settlement first, and then, in a second frame, what it emits.
#[derive(Debug)]
pub(crate) struct SecondFrame(pub(crate) Box<dyn Log>);

impl Log for SecondFrame {
    fn end(&self) -> Sequence {
        self.0.end()
    }

    fn append(&mut self, after: Sequence, group: &Group) -> Result<(), LogError> {
        let mut part = Group::default();
        let mut at = after;
        for raw in &group.frames {
            let Ok(Frame { first, accepted, body: FrameBody::Settle(mut settle) }) = Frame::decode(&raw.bytes) else {
                part.frames.push(raw.clone());
                continue;
            };
            let emissions = std::mem::take(&mut settle.emissions);
            part.frames.push(encoded(&Frame { first, accepted, body: FrameBody::Settle(settle) }));
            if !emissions.is_empty() {
                self.0.append(at, &part)?;
                (at, part) = (first, Group::default());
                part.frames.push(encoded(&Frame { first: first.next(), accepted, body: FrameBody::Ingest(emissions) }));
            }
        }
        self.0.append(at, &part)
    }

    fn trim(&mut self, below: Sequence) -> Result<(), LogError> {
        self.0.trim(below)
    }

    fn mend(&mut self) -> Result<(), LogError> {
        self.0.mend()
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.0.reader()
    }
}

/// Settlements whose write failed, to be written again by the next process.
pub(crate) type Unknown = Arc<Mutex<Vec<RawFrame>>>;

/// A log that takes a write that failed for one that was not done.
#[derive(Debug)]
pub(crate) struct Repeating {
    log: Box<dyn Log>,
    unknown: Unknown,
}

impl Repeating {
    pub(crate) fn new(mut log: Box<dyn Log>, unknown: Unknown) -> Self {
        let last = log.reader().read(log.end(), 1).ok().and_then(|frames| Frame::decode(&frames.first()?.bytes).ok());
        for raw in std::mem::take(&mut *unknown.lock()) {
            if let Ok(mut frame) = Frame::decode(&raw.bytes) {
                // It is another write, of another time.
                frame.accepted = last.as_ref().map_or(frame.accepted, |last| last.accepted.max(frame.accepted));
                frame.first = log.end().next();
                // The device may fail once more: then it is lost for good, as it would be.
                let _ = log.append(log.end(), &Group { frames: vec![encoded(&frame)] });
            }
        }
        Self { log, unknown }
    }
}

impl Log for Repeating {
    fn end(&self) -> Sequence {
        self.log.end()
    }

    fn append(&mut self, after: Sequence, group: &Group) -> Result<(), LogError> {
        let settles = |raw: &&RawFrame| Frame::decode(&raw.bytes).is_ok_and(|frame| matches!(frame.body, FrameBody::Settle(_)));
        self.log.append(after, group).inspect_err(|error| {
            if !matches!(error, LogError::Poisoned(_)) {
                self.unknown.lock().extend(group.frames.iter().filter(settles).cloned());
            }
        })
    }

    fn trim(&mut self, below: Sequence) -> Result<(), LogError> {
        self.log.trim(below)
    }

    fn mend(&mut self) -> Result<(), LogError> {
        self.log.mend()
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.log.reader()
    }
}

fn encoded(frame: &Frame) -> RawFrame {
    RawFrame { first: frame.first, last: frame.last(), bytes: frame.encode() }
}
