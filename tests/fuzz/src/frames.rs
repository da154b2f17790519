//! A log's folder after whatever may have happened to it.

use oyez_model::Sequence;
use oyez_model::port::{Files, Group, Log, RawFrame};
use oyez_storage::{MemoryFiles, SegmentOptions, Segments};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Small, so that a few groups make several segments.
const OPTIONS: SegmentOptions = SegmentOptions { segment_bytes: 1024, salt: 7 };
const GROUPS: u64 = 8;
/// Read at a time, in bytes.
const READ: usize = 1 << 20;

/// The first byte chooses: even, a sound log whose bytes are changed by what follows; odd, what follows is a segment itself. Then the log
/// is opened. What is read is what was written; what is missing although it was synced is told of; and a log that is sound goes on.
///
/// # Panics
/// By a finding.
pub fn frames(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    let files = Arc::new(MemoryFiles::default());
    if how % 2 == 1 {
        let file = files.create("0000000001.seg").expect("it is not there");
        file.write_at(rest, 0).expect("memory takes it");
        open(&files, Sequence(0), None);
        return;
    }
    let written = write(&files);
    let end = *written.keys().last().expect("there are frames");
    let changed = change(&files, rest);
    open(&files, Sequence(end), Some((&written, changed)));
}

/// A log of a few groups, all of them synced: its frames, by their first sequences.
fn write(files: &Arc<MemoryFiles>) -> BTreeMap<u64, Vec<u8>> {
    let (mut log, _) = Segments::open(Arc::clone(files) as Arc<dyn Files>, OPTIONS, Sequence(0)).expect("an empty folder");
    let mut written = BTreeMap::new();
    for group in 0..GROUPS {
        let after = log.end();
        let frames: Vec<_> = (1..=2)
            .map(|i| {
                let at = Sequence(after.0 + i);
                let length = usize::try_from(group * 40 + i).expect("short");
                RawFrame { first: at, last: at, bytes: vec![u8::try_from(group).expect("few"); length] }
            })
            .collect();
        written.extend(frames.iter().map(|frame| (frame.first.0, frame.bytes.clone())));
        log.append(after, &Group { frames }).expect("memory takes it");
    }
    written
}

/// Four bytes a change: which file, where (two), what it is xored with; a zero cuts the file there. Returns whether anything differs.
fn change(files: &Arc<MemoryFiles>, how: &[u8]) -> bool {
    let names = files.list().expect("memory lists");
    let mut changed = false;
    for how in how.chunks_exact(4) {
        let file = files.open(&names[usize::from(how[0]) % names.len()]).expect("it is there");
        let length = file.len().expect("memory knows");
        if length == 0 {
            continue;
        }
        let at = u64::from(u16::from_le_bytes([how[1], how[2]])) % length;
        changed = true;
        if how[3] == 0 {
            file.truncate(at).expect("memory cuts");
            continue;
        }
        let mut byte = [0];
        file.read_at(&mut byte, at).expect("memory reads");
        file.write_at(&[byte[0] ^ how[3]], at).expect("memory takes it");
    }
    changed
}

fn open(files: &Arc<MemoryFiles>, proof: Sequence, expect: Option<(&BTreeMap<u64, Vec<u8>>, bool)>) {
    let Ok((mut log, opened)) = Segments::open(Arc::clone(files) as Arc<dyn Files>, OPTIONS, proof) else {
        assert!(expect.is_none_or(|(_, changed)| changed), "a sound log is refused");
        return;
    };
    let read = all(&log);
    if let Some((written, _)) = expect {
        assert!(read.iter().all(|(at, bytes)| written.get(at) == Some(bytes)), "what is read was never written");
        let first = log.reader().first().0;
        let lost = written.range(first..).any(|(at, _)| !read.contains_key(at));
        assert!(!lost || !opened.damage.is_empty(), "synced frames are gone, and nobody is told: {opened:?}");
    }
    if !opened.damage.is_empty() {
        return;
    }
    let (end, more) = (log.end(), vec![1; 30]);
    if end.0 >= (1 << 53) - 2 {
        return;
    }
    let at = Sequence(end.0 + 1);
    log.append(end, &Group { frames: vec![RawFrame { first: at, last: at, bytes: more.clone() }] }).expect("a sound log goes on");
    drop(log);
    let (log, opened) = Segments::open(Arc::clone(files) as Arc<dyn Files>, OPTIONS, at).expect("a log that went on opens");
    assert!(opened.damage.is_empty() && opened.torn.is_none(), "{opened:?}");
    let mut expected = read;
    expected.insert(at.0, more);
    assert_eq!(all(&log), expected);
}

/// Every frame that can be read, by its first sequence.
fn all(log: &Segments) -> BTreeMap<u64, Vec<u8>> {
    let reader = log.reader();
    let mut from = reader.first();
    let mut all = BTreeMap::new();
    while let Ok(frames) = reader.read(from, READ) {
        let Some(last) = frames.last() else { break };
        assert!(last.last >= from, "a read goes back");
        from = Sequence(last.last.0 + 1);
        all.extend(frames.into_iter().map(|frame| (frame.first.0, frame.bytes)));
    }
    all
}
