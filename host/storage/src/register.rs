//! The register of starts in a file: a slot an attempt, written in place and never synced, so that a start costs one system call.

use oyez_model::port::{Register, Slot, Started};
use oyez_model::{Sequence, SubscriptionNumber};
use parking_lot::Mutex;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// One slot: number, round, attempt and flags of 4 bytes each, sequence of 8, a sum of 4 over all of it; little-endian. Zeros are an empty one.
const SLOT_BYTES: usize = 28;
/// Slots at most, which is more than a host runs at once; a start beyond them is not noted.
const SLOTS_MAX: u32 = 1 << 20;
const SUSPECT: u32 = 2;
/// Set in each slot that is taken.
const TAKEN: u32 = 1;

/// The register in a file.
#[derive(Debug)]
pub struct FileRegister {
    file: File,
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    free: Vec<u32>,
    /// From here on none was ever taken.
    next: u32,
}

impl FileRegister {
    /// Opens it, or makes it; gives back what had begun and not ended when the last process ended without warning.
    ///
    /// # Errors
    /// The file system says no.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<(Slot, Started)>)> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(SLOTS_MAX as usize * SLOT_BYTES)];
        let read = file.read_at(&mut bytes, 0)?;
        let mut slots = Slots::default();
        let mut found = Vec::new();
        for (at, slot) in (0_u32..).zip(bytes[..read].chunks_exact(SLOT_BYTES)) {
            slots.next = at + 1;
            match decode(slot) {
                Some(started) => found.push((Slot(at), started)),
                None => slots.free.push(at),
            }
        }
        Ok((Self { file, slots: Mutex::new(slots) }, found))
    }

    fn write(&self, Slot(at): Slot, bytes: &[u8; SLOT_BYTES]) {
        // By its third law: what cannot be noted is not found.
        let _ = self.file.write_at(bytes, u64::from(at) * SLOT_BYTES as u64);
    }
}

impl Register for FileRegister {
    fn begin(&self, started: Started) -> Slot {
        let slot = {
            let mut slots = self.slots.lock();
            let fresh = slots.next;
            Slot(slots.free.pop().unwrap_or_else(|| {
                slots.next = fresh.saturating_add(1);
                fresh
            }))
        };
        if slot.0 < SLOTS_MAX {
            self.write(slot, &encode(&started));
        }
        slot
    }

    fn end(&self, slot: Slot) {
        if slot.0 < SLOTS_MAX {
            self.write(slot, &[0; SLOT_BYTES]);
            self.slots.lock().free.push(slot.0);
        }
    }

    fn clear(&self) {
        let _ = self.file.set_len(0);
    }
}

/// The register of a host that keeps nothing.
#[derive(Debug)]
pub struct Forgetful;

impl Register for Forgetful {
    fn begin(&self, _: Started) -> Slot {
        Slot(0)
    }

    fn end(&self, _: Slot) {}

    fn clear(&self) {}
}

fn encode(started: &Started) -> [u8; SLOT_BYTES] {
    let flags = TAKEN | if started.suspect { SUSPECT } else { 0 };
    let mut bytes = [0; SLOT_BYTES];
    for (at, word) in [started.number.0, started.round, started.attempt, flags].into_iter().enumerate() {
        bytes[at * 4..at * 4 + 4].copy_from_slice(&word.to_le_bytes());
    }
    bytes[16..24].copy_from_slice(&started.sequence.0.to_le_bytes());
    let sum = crc32c::crc32c(&bytes[..24]);
    bytes[24..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn decode(slot: &[u8]) -> Option<Started> {
    let word = |at: usize| slot.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let flags = word(12)?;
    let sequence = slot.get(16..24)?.try_into().ok().map(u64::from_le_bytes)?;
    let whole = flags & TAKEN != 0 && word(24)? == crc32c::crc32c(&slot[..24]);
    whole.then_some(Started {
        number: SubscriptionNumber(word(0)?),
        sequence: Sequence(sequence),
        round: word(4)?,
        attempt: word(8)?,
        suspect: flags & SUSPECT != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(sequence: u64, suspect: bool) -> Started {
        Started { number: SubscriptionNumber(7), sequence: Sequence(sequence), round: 1, attempt: 2, suspect }
    }

    fn found(path: &Path) -> Vec<(Slot, Started)> {
        FileRegister::open(path).unwrap().1
    }

    #[test]
    fn a_slot_that_was_half_written_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("starts");
        let mut bytes = encode(&started(1, false)).to_vec();
        bytes.extend(encode(&started(2, false)));
        bytes[17] ^= 1;
        bytes.extend([9; 5]);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(found(&path), [(Slot(1), started(2, false))]);
    }
}
