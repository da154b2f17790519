//! Single faults, each at its place: what is lost is reported, what is not is not; a reader gets what was written or an error.

use super::{SMALL, all, append, group, open};
use oyez_model::Sequence;
use oyez_model::port::{Files, Group, Log, LogError, RawFrame};
use oyez_storage::{MemoryFiles, SegmentOptions, Segments};
use std::sync::Arc;

fn one(first: u64, bytes: Vec<u8>) -> Group {
    Group { frames: vec![RawFrame { first: Sequence(first), last: Sequence(first), bytes }] }
}

fn memory() -> (Arc<MemoryFiles>, Arc<dyn Files>) {
    let memory = Arc::new(MemoryFiles::crashing());
    (Arc::clone(&memory), memory)
}

/// A log of groups, one frame of 500 bytes each; six fit a segment.
fn log_of(groups: u64, files: &Arc<dyn Files>) -> Vec<RawFrame> {
    let (mut log, _) = open(files, Sequence(0));
    (1..=groups).for_each(|n| append(&mut log, &one(n, vec![u8::try_from(n).unwrap(); 500])));
    log.reader().read(Sequence(0), 1 << 20).unwrap()
}

fn name(ordinal: u64) -> String {
    format!("{ordinal:010}.seg")
}

fn flip(files: &Arc<dyn Files>, name: &str, offset: u64, mask: u8) {
    let file = files.open(name).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, offset).unwrap();
    file.write_at(&[byte[0] ^ mask], offset).unwrap();
}

#[test]
fn a_lost_first_sector_of_the_only_segment_is_damage_though_no_view_has_seen_it() {
    for length in [512, 1024] {
        let (_, files) = memory();
        let written = log_of(4, &files);
        files.open(&name(1)).unwrap().write_at(&vec![0; length], 0).unwrap();
        let (log, opened) = open(&files, Sequence(0));
        assert_eq!((opened.torn, opened.damage.len()), (None, 1));
        let there = log.reader().read(Sequence(0), 1 << 20).unwrap();
        assert!(there.len() >= 2 && written.ends_with(&there), "{} frames", there.len());
    }
}

#[test]
fn a_salt_that_nobody_knows_any_more_hides_what_is_there_and_cuts_nothing() {
    let (_, files) = memory();
    log_of(4, &files);
    let file = files.open(&name(1)).unwrap();
    file.write_at(&[0; 512], 0).unwrap();
    let before = { let mut bytes = vec![0; 4096]; file.read_at(&mut bytes, 0).unwrap(); bytes };
    let (mut log, opened) = Segments::open(Arc::clone(&files), SegmentOptions { salt: 12, ..SMALL }, Sequence(0)).unwrap();
    assert_eq!((opened.torn, opened.damage.len()), (None, 1));
    let end = log.end();
    assert!(matches!(log.append(end, &one(9, vec![1])), Err(LogError::Damaged(_))));
    let mut after = vec![0; 4096];
    file.read_at(&mut after, 0).unwrap();
    assert!(before == after);
}

#[test]
fn noise_in_room_that_nothing_used_is_no_damage() {
    for (ordinal, offset) in [(1, 4_000), (2, 4_095), (3, 3_900)] {
        let (_, files) = memory();
        let written = log_of(15, &files);
        flip(&files, &name(ordinal), offset, 4);
        let (mut log, opened) = open(&files, Sequence(15));
        assert_eq!(opened.damage, Vec::new(), "segment {ordinal}");
        append(&mut log, &one(16, vec![0; 10]));
        assert!(log.reader().read(Sequence(0), 1 << 20).unwrap().starts_with(&written));
    }
}

#[test]
fn noise_in_the_spare_segment_beside_a_torn_tail_does_not_stay_in_the_log() {
    let (_, files) = memory();
    log_of(8, &files);
    let spare = files.list().unwrap().pop().unwrap();
    flip(&files, &spare, 100, 1);
    flip(&files, &name(2), 64 + 600, 1);
    let (mut log, opened) = open(&files, Sequence(6));
    assert!(opened.torn.is_some() && opened.damage.is_empty(), "{opened:?}");
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..30 {
        let group = group(&mut random, log.end(), 3, 500);
        append(&mut log, &group);
    }
    let written = all(&mut random, &*log.reader());
    let (log, opened) = open(&files, log.end());
    assert_eq!((opened.torn, opened.damage), (None, Vec::new()));
    assert_eq!(all(&mut random, &*log.reader()), written);
}

#[test]
fn the_last_segment_gone_with_its_spare_left_is_damage() {
    let (_, files) = memory();
    log_of(15, &files);
    files.remove(&name(3)).unwrap();
    let (log, opened) = open(&files, Sequence(0));
    assert_eq!(opened.damage.len(), 1, "{opened:?}");
    assert!(opened.damage[0].place.starts_with(&name(3)), "{opened:?}");
    assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap().len(), 12);
}

#[test]
fn damage_at_the_end_of_a_segment_names_what_follows_in_the_next_one() {
    let (_, files) = memory();
    let written = log_of(15, &files);
    flip(&files, &name(1), 3_000, 1);
    let (mut log, opened) = open(&files, Sequence(0));
    let [damage] = &opened.damage[..] else { panic!("{opened:?}") };
    assert_eq!((damage.after, damage.until), (Sequence(5), Some(Sequence(7))));
    let whole: Vec<_> = written.into_iter().filter(|frame| frame.first != Sequence(6)).collect();
    assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap(), whole);
    assert!(matches!(log.trim(Sequence(10)), Err(LogError::Damaged(_))));
    assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap(), whole);
}

#[test]
fn a_frame_that_goes_bad_while_the_log_is_open_is_an_error_and_never_passed_over() {
    let (_, files) = memory();
    let (mut log, _) = open(&files, Sequence(0));
    let frame = |n: u64| RawFrame { first: Sequence(n), last: Sequence(n), bytes: vec![7; 20] };
    let groups = [vec![frame(1)], vec![frame(2), frame(3), frame(4)], vec![frame(5)]].map(|frames| Group { frames });
    groups.iter().for_each(|group| append(&mut log, group));
    let reader = log.reader();
    let whole: Vec<_> = (1..=5).map(frame).collect();
    let mut noticed = 0;
    for bit in 64 * 8..600 * 8 {
        flip(&files, &name(1), bit / 8, 1 << (bit % 8));
        for from in 1..=5u64 {
            match reader.read(Sequence(from), 1 << 20) {
                Ok(frames) => assert_eq!(frames, whole[usize::try_from(from).unwrap() - 1..], "bit {bit} from {from}"),
                Err(LogError::Io { what, source }) => {
                    assert!(what.contains(&name(1)) && source.kind() == std::io::ErrorKind::InvalidData, "bit {bit}: {what}: {source}");
                    noticed += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
        flip(&files, &name(1), bit / 8, 1 << (bit % 8));
    }
    assert!(noticed > 1_000, "{noticed}");
}

#[test]
fn no_room_for_the_next_segment_is_no_reason_to_refuse_what_fits_this_one() {
    let (memory, files) = memory();
    let (mut log, _) = open(&files, Sequence(0));
    memory.full_after(4_096);
    (1..=6).for_each(|n| append(&mut log, &one(n, vec![1; 500])));
    assert!(matches!(log.append(Sequence(6), &one(7, vec![1; 500])), Err(LogError::Io { .. })));
    memory.restart();
    let (mut log, opened) = open(&files, Sequence(6));
    assert_eq!((opened.torn, opened.damage), (None, Vec::new()));
    append(&mut log, &one(7, vec![1; 500]));
    memory.crash(|| false);
    assert_eq!(open(&files, Sequence(7)).1.damage, Vec::new());
}

#[test]
fn data_that_looks_like_groups_and_frames_neither_deceives_nor_delays_recovery() {
    let (_, files) = memory();
    let (mut log, _) = open(&files, Sequence(0));
    append(&mut log, &one(1, vec![1; 500]));
    // As a producer would: a header of a group, or of a frame, at every place that can hold one, each claiming all that follows.
    let group: Vec<u8> = [b"OYGR".as_slice(), &(2u32 << 20).to_le_bytes(), &[1, 0, 0, 0, 0, 0, 0, 0]].concat();
    let frame: Vec<u8> = [[2u64, 3].map(u64::to_le_bytes).concat(), (2u32 << 20).to_le_bytes().to_vec(), vec![0; 8]].concat();
    append(&mut log, &one(2, group.repeat((4 << 20) / group.len())));
    append(&mut log, &one(4, frame.repeat((4 << 20) / frame.len())));
    append(&mut log, &one(5, vec![1; 500]));
    flip(&files, &name(2), 300, 1);
    flip(&files, &name(3), 300, 1);
    let (log, opened) = open(&files, Sequence(0));
    assert_eq!(opened.damage.len(), 2, "{opened:?}");
    let there: Vec<_> = log.reader().read(Sequence(0), 1 << 20).unwrap().iter().map(|frame| frame.first.0).collect();
    assert_eq!(there, [1, 5]);
}
