//! A file in memory: what was synced, what was done since, and what of it a power cut takes.

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
    pub(super) fn crash(&mut self, random: &mut impl FnMut() -> bool) {
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
