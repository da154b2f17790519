//! The laws of `Log`, one suite for every implementation.

use super::watched::Watched;
use super::{SMALL, all, append, group, open};
use oyez_model::Sequence;
use oyez_model::port::{Files, Group, Log, LogError, LogReader, RawFrame};
use oyez_storage::{DiskFiles, MemoryFiles, Segments, Withholding};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

fn each(law: fn(Arc<dyn Files>)) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    law(Arc::new(DiskFiles::open(folders[0].path()).unwrap()));
    law(Arc::new(MemoryFiles::default()));
    law(Arc::new(MemoryFiles::crashing()));
    law(Arc::new(Withholding::new(Arc::new(DiskFiles::open(folders[1].path()).unwrap()))));
}

fn one(first: u64, bytes: &[u8]) -> Group {
    Group { frames: vec![RawFrame { first: Sequence(first), last: Sequence(first), bytes: bytes.to_vec() }] }
}

#[test]
fn law_1_what_was_appended_is_synced_and_no_reader_sees_it_before() {
    each(|files| {
        let reader: Arc<OnceLock<Arc<dyn LogReader>>> = Arc::default();
        let (seen, appending) = (Arc::clone(&reader), Arc::new(AtomicU64::new(0)));
        let n = Arc::clone(&appending);
        // Before what was written to a file is synced, the reader is asked.
        let files: Arc<dyn Files> = Arc::new(Watched::new(files, move || {
            if let Some(reader) = seen.get() {
                let before = Sequence(n.load(Ordering::SeqCst) - 1);
                assert_eq!((reader.end(), reader.read(before.next(), 1).unwrap()), (before, Vec::new()));
            }
        }));
        let (mut log, _) = open(&files, Sequence(0));
        reader.set(log.reader()).unwrap();
        for n in 1..100 {
            appending.store(n, Ordering::SeqCst);
            append(&mut log, &one(n, &[7; 300]));
            assert_eq!((log.end(), log.reader().end()), (Sequence(n), Sequence(n)));
            assert_eq!(log.reader().read(Sequence(n), 1).unwrap().len(), 1);
        }
    });
    let memory = Arc::new(MemoryFiles::crashing());
    let files = Arc::clone(&memory) as Arc<dyn Files>;
    for n in 1..100 {
        let (mut log, opened) = open(&files, Sequence(n - 1));
        assert_eq!((opened.damage, log.end()), (Vec::new(), Sequence(n - 1)), "all that was synced is there, and nothing else was");
        append(&mut log, &one(n, &[7; 300]));
        memory.crash(|| false);
    }
}

#[test]
fn law_2_a_frame_is_there_whole_or_not_at_all_whenever_the_power_goes() {
    let (mut none, mut some) = (0, 0);
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let memory = Arc::new(MemoryFiles::crashing());
        let files = Arc::clone(&memory) as Arc<dyn Files>;
        let (mut log, _) = open(&files, Sequence(0));
        let before = group(&mut random, Sequence(0), 3, 900);
        append(&mut log, &before);
        memory.fail_after(random.u64(0..3));
        let (end, next) = (log.end(), group(&mut random, log.end(), 6, 900));
        let _ = log.append(end, &next);
        memory.crash(|| random.bool());
        let (log, _) = open(&files, end);
        let there = all(&mut random, &*log.reader());
        let written = [before.frames, next.frames].concat();
        assert!(written.starts_with(&there) && there.last().is_some_and(|frame| frame.last >= end), "seed {seed}");
        *(if there.last().is_some_and(|frame| frame.last == end) { &mut none } else { &mut some }) += 1;
    }
    assert!(none > 20 && some > 20, "nothing of it {none} times, something {some} times");
}

#[test]
fn law_3_frames_read_back_as_they_were_written_by_this_process_and_the_next() {
    each(|files| {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut log, opened) = open(&files, Sequence(0));
        assert_eq!((opened.torn, opened.damage.len(), log.end(), log.reader().first()), (None, 0, Sequence(0), Sequence(1)));
        let (reader, mut appended) = (log.reader(), Vec::new());
        for _ in 0..200 {
            let group = group(&mut random, log.end(), 5, 700);
            append(&mut log, &group);
            appended.extend(group.frames);
            assert_eq!(reader.end(), log.end());
        }
        assert!(files.list().unwrap().len() > 10, "many segments");
        assert_eq!(all(&mut random, &*reader), appended);
        drop(log);
        let (log, opened) = open(&files, reader.end());
        assert_eq!((opened.torn, opened.damage), (None, Vec::new()));
        assert_eq!(all(&mut random, &*log.reader()), appended);
    });
}

#[test]
fn a_read_begins_with_the_frame_that_holds_the_place_or_the_next_one() {
    each(|files| {
        let (mut log, _) = open(&files, Sequence(0));
        let frame = |first, last| RawFrame { first: Sequence(first), last: Sequence(last), bytes: vec![1; 10] };
        append(&mut log, &Group { frames: vec![frame(2, 4), frame(7, 7)] });
        let reader = log.reader();
        for (from, first) in [(0, 2), (2, 2), (4, 2), (5, 7), (7, 7)] {
            assert_eq!(reader.read(Sequence(from), 1).unwrap()[0].first, Sequence(first), "from {from}");
        }
        assert_eq!(reader.read(Sequence(0), 1).unwrap().len(), 1);
        assert!(reader.read(Sequence(8), 1).unwrap().is_empty());
    });
}

#[test]
fn law_4_an_append_elsewhere_than_at_the_end_changes_nothing() {
    each(|files| {
        let (mut log, _) = open(&files, Sequence(0));
        append(&mut log, &one(3, b"a"));
        for after in [0, 2, 4] {
            let refused = log.append(Sequence(after), &one(9, b"b"));
            assert!(matches!(refused, Err(LogError::Superseded { end: Sequence(3), .. })), "{refused:?}");
        }
        append(&mut log, &one(4, b"c"));
        assert_eq!(log.reader().read(Sequence(0), 1_000).unwrap().len(), 2);
    });
}

#[test]
fn a_frame_over_the_limit_changes_nothing_and_a_group_longer_than_a_segment_is_taken() {
    each(|files| {
        let (mut log, _) = open(&files, Sequence(0));
        let giant = vec![7; oyez_model::bounds::FRAME_BYTES_MAX + 1];
        assert!(matches!(log.append(Sequence(0), &one(1, &giant)), Err(LogError::TooLarge { .. })));
        append(&mut log, &one(1, b"a"));
        append(&mut log, &one(2, &vec![9; 50_000]));
        append(&mut log, &one(3, b"b"));
        drop(log);
        let (log, _) = open(&files, Sequence(3));
        assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap().len(), 3);
    });
}

/// A log of 30 frames in many segments, of which one was changed; gives back the sequence that the change befell.
fn harmed(files: &Arc<dyn Files>) -> (Vec<RawFrame>, u64) {
    let (mut log, _) = open(files, Sequence(0));
    let frames: Vec<_> = (1..=30).flat_map(|n| one(n, &[7; 1_000]).frames).collect();
    frames.iter().for_each(|frame| append(&mut log, &Group { frames: vec![frame.clone()] }));
    let name = files.list().unwrap().remove(3);
    let file = files.open(&name).unwrap();
    let mut segment = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_at(&mut segment, 0).unwrap();
    let at = segment.windows(1_000).position(|bytes| bytes == [7; 1_000]).unwrap();
    file.write_at(&[8], at as u64 + 500).unwrap();
    file.sync().unwrap();
    let first = log.reader().read(Sequence(0), 1 << 20).map(|_| ()).unwrap_err();
    assert!(!first.to_string().is_empty(), "it is not passed over while the log is open");
    let bad = (1..=30).find(|n| log.reader().read(Sequence(*n), 1).is_err()).unwrap();
    (frames, bad)
}

#[test]
fn law_6_what_is_missing_before_a_frame_that_is_there_is_reported_as_damage() {
    each(|files| {
        let (frames, bad) = harmed(&files);
        let (log, opened) = open(&files, Sequence(0));
        let there = log.reader().read(Sequence(0), 1 << 20).unwrap();
        let missing: Vec<_> = frames.iter().filter(|frame| !there.contains(frame)).collect();
        assert!(missing.iter().any(|frame| frame.first == Sequence(bad)));
        for frame in missing {
            let told = |damage: &oyez_model::port::Damage| damage.after < frame.first && damage.until.is_none_or(|until| until > frame.last);
            assert!(opened.damage.iter().any(told), "{}: {opened:?}", frame.first);
        }
    });
}

#[test]
fn law_7_a_damaged_log_takes_no_more_and_serves_what_is_whole() {
    each(|files| {
        let (frames, bad) = harmed(&files);
        let (mut log, _) = open(&files, Sequence(0));
        let end = log.end();
        assert!(matches!(log.append(end, &one(end.0 + 1, b"b")), Err(LogError::Damaged(_))));
        assert!(matches!(log.trim(Sequence(2)), Err(LogError::Damaged(_))));
        assert!(!log.reader().damage().is_empty());
        let there = log.reader().read(Sequence(0), 1 << 20).unwrap();
        assert_eq!(there.iter().filter(|frame| !frames.contains(frame)).count(), 0);
        let (below, above) = (Sequence(bad - 2), Sequence(bad + 5));
        assert!([below, above, Sequence(30)].iter().all(|at| there.iter().any(|frame| frame.first == *at)), "bad: {bad}");
    });
}

#[test]
fn law_8_trimming_lets_go_of_what_is_below_and_of_nothing_else() {
    each(|files| {
        let mut random = fastrand::Rng::with_seed(2);
        let (mut log, _) = open(&files, Sequence(0));
        let mut appended = Vec::new();
        for _ in 0..100 {
            let group = group(&mut random, log.end(), 3, 500);
            append(&mut log, &group);
            appended.extend(group.frames);
        }
        let below = appended[appended.len() / 2].first;
        log.trim(below).unwrap();
        let first = log.reader().first();
        assert!(first > Sequence(1) && first <= below);
        let kept: Vec<_> = appended.into_iter().filter(|frame| frame.first >= first).collect();
        assert_eq!(all(&mut random, &*log.reader()), kept);
        drop(log);
        let (log, opened) = open(&files, Sequence(0));
        assert_eq!((opened.damage, log.reader().first()), (Vec::new(), first));
        assert_eq!(all(&mut random, &*log.reader()), kept);
    });
}

#[test]
fn law_8_all_of_a_log_may_be_let_go_of_and_it_goes_on() {
    each(|files| {
        let (mut log, _) = open(&files, Sequence(0));
        for n in 1..=20 {
            append(&mut log, &one(n, &[3; 500]));
        }
        let extents = log.reader().extents();
        assert!(extents.windows(2).all(|pair| pair[0].last.next() == pair[1].first) && extents.len() > 1);
        assert_eq!((extents[0].first, extents.last().unwrap().last), (Sequence(1), Sequence(20)));
        log.trim(Sequence(21)).unwrap();
        assert_eq!((log.reader().first(), log.end()), (Sequence(21), Sequence(20)));
        drop(log);
        let (mut log, opened) = open(&files, Sequence(20));
        assert_eq!((opened.damage, log.end()), (Vec::new(), Sequence(20)));
        append(&mut log, &one(21, b"more"));
        assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap(), [RawFrame { first: Sequence(21), last: Sequence(21), bytes: b"more".to_vec() }]);
    });
}

#[test]
fn law_9_a_log_that_was_mended_goes_on_and_nothing_of_what_failed_comes_back() {
    for (operations, again) in (0..24).flat_map(|operations| [0, 1, 2, 3, 5].map(|again| (operations, again))) {
        let memory = Arc::new(MemoryFiles::crashing());
        let (mut log, _) = Segments::open(Arc::clone(&memory) as Arc<dyn Files>, SMALL, Sequence(0)).unwrap();
        memory.fail_after(operations);
        while log.append(log.end(), &one(log.end().0 + 1, &[5; 1_000])).is_ok() {}
        let end = log.end();
        // The device fails once more, then works.
        memory.fail_after(again);
        let _ = log.mend();
        memory.fail_after(u64::MAX);
        log.mend().unwrap();
        assert_eq!(log.end(), end);
        for n in 1..=3 {
            append(&mut log, &one(end.0 + n, &[6; 700]));
        }
        // Of what was there in part nothing comes back, whatever the power cut leaves.
        let mut random = fastrand::Rng::with_seed(operations);
        memory.crash(|| random.bool());
        let (log, opened) = Segments::open(memory as Arc<dyn Files>, SMALL, Sequence(0)).unwrap();
        assert_eq!(opened.damage, Vec::new());
        assert_eq!(log.end(), Sequence(end.0 + 3));
        let frames = all(&mut random, &*log.reader());
        assert!(frames.iter().rev().take(3).all(|frame| frame.bytes == [6; 700]));
    }
}

#[test]
fn law_5_after_a_write_that_failed_nothing_more_is_written() {
    for operations in 0..24 {
        let memory = Arc::new(MemoryFiles::crashing());
        let (mut log, _) = Segments::open(Arc::clone(&memory) as Arc<dyn Files>, SMALL, Sequence(0)).unwrap();
        memory.fail_after(operations);
        let mut written = 0;
        let failed = loop {
            let end = log.end();
            match log.append(end, &one(end.0 + 1, &[5; 1_000])) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        // What failed was the append, or, after one that is synced and acknowledged, the folder of the segment that comes next.
        let of_the_next = |why: &str| why.contains("syncing the folder") && written > 0;
        assert!(matches!(&failed, LogError::Io { .. }) || matches!(&failed, LogError::Poisoned(why) if of_the_next(why)), "{failed}");
        let end = log.end();
        assert!(matches!(log.append(end, &one(end.0 + 1, b"b")), Err(LogError::Poisoned(_))));
        assert!(log.reader().read(Sequence(0), 1 << 20).unwrap().len() >= written);
    }
    let memory = Arc::new(MemoryFiles::crashing());
    let (mut log, _) = Segments::open(Arc::clone(&memory) as Arc<dyn Files>, SMALL, Sequence(0)).unwrap();
    memory.full_after(3_000);
    while log.append(log.end(), &one(log.end().0 + 1, &[5; 1_000])).is_ok() {}
    let (end, waits) = (log.end(), one(log.end().0 + 1, &[5; 1_000]));
    assert!(matches!(log.append(end, &waits), Err(LogError::Full(_))), "nothing was written");
    memory.full_after(1 << 20);
    log.append(end, &waits).unwrap();
    assert_eq!(log.reader().read(Sequence(0), 1 << 20).unwrap().last(), waits.frames.last());
}

#[test]
fn a_reader_beside_the_writer_sees_whole_prefixes_only_though_the_log_is_trimmed() {
    each(|files| {
        let (mut log, _) = open(&files, Sequence(0));
        let reader = log.reader();
        std::thread::scope(|scope| {
            let readers = [0, 1].map(|_| {
                scope.spawn(|| {
                    let mut at = Sequence(1);
                    while at < Sequence(300) {
                        let end = reader.end();
                        for frame in reader.read(at, 2_000).unwrap() {
                            assert!(frame.first >= at && frame.bytes == vec![u8::try_from(frame.first.0 % 251).unwrap(); 300]);
                            at = frame.last.next();
                        }
                        assert!(end < at || at > reader.end() || reader.end() >= end);
                    }
                })
            });
            for n in 1..=300u64 {
                append(&mut log, &one(n, &vec![u8::try_from(n % 251).unwrap(); 300]));
                if n % 50 == 0 {
                    log.trim(Sequence(n - 40)).unwrap();
                }
            }
            for reader in readers {
                reader.join().unwrap();
            }
        });
    });
}
