//! What a power cut takes: everything that was not synced, or a part of it, in any order.

use super::memory::MemoryFiles;
use parking_lot::Mutex;
use std::sync::Arc;

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A file: what was synced, and what was done since.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    bytes: Vec<u8>,
    /// As of the last sync; nothing where nobody tracks it.
    synced: Option<Vec<u8>>,
    since: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("memory is that large")
}

impl Content {
    pub(super) fn new(tracks: bool) -> Self {
        Self { synced: tracks.then(Vec::new), ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> usize {
        let from = self.bytes.get(place(offset)..).unwrap_or_default();
        let n = from.len().min(buffer.len());
        buffer[..n].copy_from_slice(&from[..n]);
        n
    }

    pub(super) fn write_at(&mut self, bytes: &[u8], offset: u64) {
        self.note(Change::Write(place(offset), bytes.to_vec()));
        write(&mut self.bytes, place(offset), bytes);
    }

    pub(super) fn grow(&mut self, length: u64) {
        if self.bytes.len() < place(length) {
            self.truncate(length);
        }
    }

    pub(super) fn truncate(&mut self, length: u64) {
        self.note(Change::Length(place(length)));
        self.bytes.resize(place(length), 0);
    }

    pub(super) fn sync(&mut self) {
        if let Some(synced) = &mut self.synced {
            for change in self.since.drain(..) {
                match change {
                    Change::Write(offset, bytes) => write(synced, offset, &bytes),
                    Change::Length(length) => synced.resize(length, 0),
                }
            }
        }
    }

    /// A sync failed: the machine's memory takes what was written for clean, so that no later sync writes it.
    pub(super) fn forget(&mut self) {
        self.since.clear();
    }

    fn note(&mut self, change: Change) {
        if self.synced.is_some() {
            self.since.push(change);
        }
    }

    /// Loses some of what was not synced, by sectors.
    fn crash(&mut self, random: &mut impl FnMut() -> bool) {
        let Some(synced) = &mut self.synced else { return };
        for change in self.since.drain(..) {
            match change {
                Change::Length(length) if random() => synced.resize(length, 0),
                Change::Length(_) => {}
                Change::Write(offset, bytes) => {
                    let mut at = 0;
                    while at < bytes.len() {
                        // To the end of the sector on the disk, not of the write.
                        let end = bytes.len().min(at + SECTOR - (offset + at) % SECTOR);
                        if random() {
                            write(synced, offset + at, &bytes[at..end]);
                        }
                        at = end;
                    }
                }
            }
        }
        self.bytes.clone_from(synced);
    }
}

fn write(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if into.len() < offset + bytes.len() {
        into.resize(offset + bytes.len(), 0);
    }
    into[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// For tests and simulation.
impl MemoryFiles {
    /// A folder that can crash: it keeps track of what was not synced.
    #[must_use]
    pub fn crashing() -> Self {
        let files = Self::default();
        files.folder().lock().tracks = true;
        files
    }

    /// Syncing says that it is done, and does nothing: what a host does that forgets to sync.
    #[must_use]
    pub fn without_sync(self) -> Self {
        self.folder().lock().sync_is_off = true;
        self
    }

    /// The device fails after so many more writes and syncs, and does not come back before [`MemoryFiles::restart`]. A write that fails
    /// is written in part.
    pub fn fail_after(&self, operations: u64) {
        self.folder().lock().fails_after = Some(operations);
    }

    /// The device has room for so many more bytes of length.
    pub fn full_after(&self, bytes: u64) {
        self.folder().lock().room = Some(bytes);
    }

    /// The process ends and the device works again: nothing that was written is lost, whether it was synced or not. Handles that are open
    /// fail from here on.
    pub fn restart(&self) {
        let mut folder = self.folder().lock();
        folder.life += 1;
        (folder.fails_after, folder.room) = (None, None);
    }

    /// The power goes: some of what was not synced is lost, by the coin that is given. Handles that are open fail from here on.
    pub fn crash(&self, mut coin: impl FnMut() -> bool) {
        self.restart();
        let mut folder = self.folder().lock();
        let files = std::mem::take(&mut folder.files);
        let mut synced = std::mem::take(&mut folder.synced);
        // A name that was not synced may be there or not; so may one that was removed.
        synced.retain(|name, _| files.contains_key(name) || coin());
        for (name, content) in files {
            if synced.contains_key(&name) || coin() {
                synced.insert(name, content.lock().clone());
            } else {
                synced.remove(&name);
            }
        }
        for content in synced.values_mut() {
            content.crash(&mut coin);
        }
        folder.files = synced.iter().map(|(name, content)| (name.clone(), Arc::new(Mutex::new(content.clone())))).collect();
        folder.synced = synced;
    }
}
