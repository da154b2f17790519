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

/// A log of groups, one frame of 480 bytes each; seven fit a segment, and 224 bytes are left.
fn log_of(groups: u64, files: &Arc<dyn Files>) -> Vec<RawFrame> {
    let (mut log, _) = open(files, Sequence(0));
    (1..=groups).for_each(|n| append(&mut log, &one(n, vec![u8::try_from(n).unwrap(); 480])));
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
    let before = {
        let mut bytes = vec![0; 4096];
        file.read_at(&mut bytes, 0).unwrap();
        bytes
    };
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
    flip(&files, &name(2), 64 + 100, 1);
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
    assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap().len(), 14);
}

#[test]
fn whole_frames_of_a_torn_group_never_come_back_behind_a_shorter_one() {
    let (_, files) = memory();
    log_of(1, &files);
    let (mut log, _) = open(&files, Sequence(1));
    let frame = |n: u64, length| RawFrame { first: Sequence(n), last: Sequence(n), bytes: vec![7; length] };
    append(&mut log, &Group { frames: vec![frame(2, 100), frame(3, 100), frame(4, 100)] });
    flip(&files, &name(1), 64 + 544 + 70, 1);
    let (mut log, opened) = open(&files, Sequence(1));
    let torn = opened.torn.expect("the last group does not hold");
    // All of the second group, as far as it is not zero: a header, and three frames with theirs.
    assert_eq!((torn.place, torn.bytes), (format!("{} at byte 608", name(1)), 36 + 3 * 128));
    append(&mut log, &Group { frames: vec![frame(2, 10)] });
    let (_, opened) = open(&files, Sequence(2));
    assert_eq!((opened.torn, opened.damage), (None, Vec::new()));
    // Not even where the shorter one is damaged, and every whole frame is looked for.
    flip(&files, &name(1), 64 + 544 + 70, 1);
    let (log, opened) = open(&files, Sequence(4));
    assert_eq!(opened.damage.len(), 1);
    assert_eq!(log.reader().read(Sequence(2), 1_000).unwrap(), []);
}

#[test]
fn a_copy_of_a_later_frame_that_strayed_hides_nothing() {
    let (_, files) = memory();
    let written = log_of(6, &files);
    let file = files.open(&name(1)).unwrap();
    // The sixth group, over the first.
    let mut group = [0; 544];
    file.read_at(&mut group, 64 + 5 * 544).unwrap();
    file.write_at(&group, 64 + 16).unwrap();
    let (log, opened) = open(&files, Sequence(6));
    let lost = |frame: &&RawFrame| opened.damage.iter().any(|d| d.after < frame.first && d.until.is_none_or(|until| until > frame.last));
    let there = log.reader().read(Sequence(0), 1 << 20).unwrap();
    assert!(written.iter().filter(|frame| !lost(frame)).all(|frame| there.contains(frame)), "{opened:?}");
    assert!(there.iter().all(|frame| written.contains(frame)) && there.is_sorted_by_key(|frame| frame.first));
}

#[test]
fn a_first_segment_that_lost_all_it_had_is_no_trim() {
    for length in [0, 50, 4_096] {
        let (_, files) = memory();
        log_of(15, &files);
        let first = files.open(&name(1)).unwrap();
        first.truncate(0).unwrap();
        first.allocate(length).unwrap();
        let (log, opened) = open(&files, Sequence(0));
        let [damage] = &opened.damage[..] else { panic!("{opened:?}") };
        assert_eq!((damage.after, damage.until), (Sequence(0), Some(Sequence(8))));
        assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap().len(), 8);
    }
}

#[test]
fn damage_at_the_end_of_a_segment_names_what_follows_in_the_next_one() {
    let (_, files) = memory();
    let written = log_of(15, &files);
    flip(&files, &name(1), 3_500, 1);
    let (mut log, opened) = open(&files, Sequence(0));
    let [damage] = &opened.damage[..] else { panic!("{opened:?}") };
    assert_eq!((damage.after, damage.until), (Sequence(6), Some(Sequence(8))));
    let whole: Vec<_> = written.into_iter().filter(|frame| frame.first != Sequence(7)).collect();
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
    (1..=7).for_each(|n| append(&mut log, &one(n, vec![1; 480])));
    assert!(matches!(log.append(Sequence(7), &one(8, vec![1; 480])), Err(LogError::Full(_))));
    assert!(matches!(log.append(Sequence(7), &one(8, vec![1; 480])), Err(LogError::Full(_))), "it is no reason to take nothing more");
    memory.full_after(u64::MAX);
    append(&mut log, &one(8, vec![1; 480]));
    memory.restart();
    let (mut log, opened) = open(&files, Sequence(8));
    assert_eq!((opened.torn, opened.damage), (None, Vec::new()));
    append(&mut log, &one(9, vec![1; 480]));
    memory.crash(|| false);
    assert_eq!(open(&files, Sequence(9)).1.damage, Vec::new());
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
