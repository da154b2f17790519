//! A log that was cut, or whose bits were flipped, at random places: torn and cut, or damaged and served; nothing is lost silently.

use super::{all, append, group, open};
use oyez_model::Sequence;
use oyez_model::port::{Files, Group, Log, LogError, Opened, RawFrame};
use oyez_storage::MemoryFiles;
use std::sync::Arc;

const ROUNDS: u64 = 500;

struct Made {
    /// Name and content of each file.
    files: Vec<(String, Vec<u8>)>,
    frames: Vec<RawFrame>,
    last_group: Group,
}

fn make(random: &mut fastrand::Rng) -> Made {
    let files: Arc<dyn Files> = Arc::new(MemoryFiles::default());
    let (mut log, _) = open(&files, Sequence(0));
    let (mut frames, mut last_group) = (Vec::new(), Group::default());
    for _ in 0..40 {
        last_group = group(random, log.end(), 5, 400);
        append(&mut log, &last_group);
        frames.extend(last_group.frames.clone());
    }
    Made { files: contents(&files), frames, last_group }
}

fn contents(files: &Arc<dyn Files>) -> Vec<(String, Vec<u8>)> {
    let content = |name: String| {
        let file = files.open(&name).unwrap();
        let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
        file.read_at(&mut bytes, 0).unwrap();
        (name, bytes)
    };
    files.list().unwrap().into_iter().map(content).collect()
}

fn put(files: &[(String, Vec<u8>)]) -> Arc<dyn Files> {
    let folder: Arc<dyn Files> = Arc::new(MemoryFiles::default());
    for (name, bytes) in files {
        folder.create(name).unwrap().write_at(bytes, 0).unwrap();
    }
    folder
}

/// What is served is what was written, less what is reported; a damaged log takes no more; a torn one goes on.
fn check(seed: u64, made: &Made, harmed: &[(String, Vec<u8>)], proof: Sequence, random: &mut fastrand::Rng) -> Opened {
    let folder = put(harmed);
    let (mut log, opened) = open(&folder, proof);
    let served = all(random, &*log.reader());
    let mut rest = made.frames.iter();
    for frame in &served {
        assert!(rest.any(|written| written == frame), "seed {seed}: a frame was served that was never written, or out of order");
    }
    let missing: Vec<_> = made.frames.iter().filter(|frame| !served.contains(frame)).collect();
    for frame in &missing {
        let of_the_tail = opened.torn.is_some() && made.last_group.frames.contains(frame);
        let reported = |d: &oyez_model::port::Damage| d.after < frame.first && d.until.is_none_or(|until| until >= frame.last);
        assert!(of_the_tail || opened.damage.iter().any(reported), "seed {seed}: {} is missing, and nobody says so: {opened:?}", frame.first);
    }
    let end = log.end();
    let next = group(random, end, 2, 20);
    match log.append(end, &next) {
        Ok(()) => assert!(opened.damage.is_empty(), "seed {seed}"),
        Err(LogError::Damaged(_)) => assert!(!opened.damage.is_empty(), "seed {seed}"),
        Err(error) => panic!("seed {seed}: {error}"),
    }
    if !opened.damage.is_empty() {
        assert!(contents(&folder) == harmed, "seed {seed}: a damaged log was changed");
    }
    opened
}

#[test]
fn a_bit_flipped_anywhere_is_noticed() {
    let (mut torn, mut damaged) = (0, 0);
    for seed in 0..ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let made = make(&mut random);
        let mut harmed = made.files.clone();
        let file = random.usize(0..harmed.len());
        let byte = random.usize(0..harmed[file].1.len());
        harmed[file].1[byte] ^= 1 << random.u8(0..8);
        for proof in [Sequence(0), made.frames.last().unwrap().last] {
            let opened = check(seed, &made, &harmed, proof, &mut random);
            torn += usize::from(opened.torn.is_some());
            damaged += usize::from(!opened.damage.is_empty());
        }
    }
    assert!(torn > 10 && damaged > 100, "{torn} torn, {damaged} damaged: the test does not reach what it is for");
}

#[test]
fn a_log_cut_anywhere_is_torn_or_damaged_and_says_so() {
    let (mut torn, mut damaged) = (0, 0);
    for seed in 0..ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let made = make(&mut random);
        let mut harmed = made.files.clone();
        // Of the file that is cut the rest is gone; and so are, every other time, all files behind it.
        let file = random.usize(0..harmed.len() - 1);
        let at = random.usize(0..harmed[file].1.len());
        harmed[file].1.truncate(at);
        if random.bool() {
            harmed.truncate(file + 1);
        }
        let end = made.frames.last().unwrap().last;
        let opened = check(seed, &made, &harmed, end, &mut random);
        torn += usize::from(opened.torn.is_some());
        damaged += usize::from(!opened.damage.is_empty());
    }
    assert!(damaged > 200, "{torn} torn, {damaged} damaged: the test does not reach what it is for");
}

#[test]
fn a_tail_that_was_torn_is_cut_and_reported() {
    for seed in 0..ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let made = make(&mut random);
        let mut harmed = made.files.clone();
        // The last file with something in it, cut inside of its last group.
        let file = harmed.iter().rposition(|(_, bytes)| bytes.iter().any(|byte| *byte != 0)).unwrap();
        let bytes = &mut harmed[file].1;
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let group = (0..written).step_by(16).rfind(|at| bytes[*at..].starts_with(b"OYGR")).unwrap();
        let from = random.usize(group + 1..written);
        bytes[from..].fill(0);
        let proof = made.frames[made.frames.len() - made.last_group.frames.len() - 1].last;
        let opened = check(seed, &made, &harmed, proof, &mut random);
        assert_eq!(opened.damage, Vec::new(), "seed {seed}");
        let torn = opened.torn.expect("a torn tail");
        assert!(torn.place.starts_with(&harmed[file].0) && torn.bytes > 0, "{torn:?}");
    }
}

#[test]
fn a_segment_that_is_gone_is_damage_with_its_place() {
    let mut random = fastrand::Rng::with_seed(3);
    let made = make(&mut random);
    let mut harmed = made.files.clone();
    harmed.remove(2);
    let opened = check(3, &made, &harmed, Sequence(0), &mut random);
    assert_eq!(opened.damage.len(), 1);
    assert!(opened.damage[0].place.starts_with("0000000004.seg"), "{opened:?}");
    let everything = check(3, &made, &[], made.frames.last().unwrap().last, &mut random);
    assert_eq!(everything.damage.len(), 1, "{everything:?}");
}

#[test]
fn a_log_of_a_later_format_is_left_alone() {
    let mut random = fastrand::Rng::with_seed(4);
    let mut files = make(&mut random).files;
    for half in [0, 32] {
        let header = &mut files[0].1[half..half + 32];
        header[8] = 2;
        header[12..16].fill(0);
        let crc = crc32c::crc32c(header);
        header[12..16].copy_from_slice(&crc.to_le_bytes());
    }
    let refused = oyez_storage::Segments::open(put(&files), super::SMALL, Sequence(0));
    assert!(matches!(refused, Err(LogError::NewerFormat { found: 2, known: 1 })), "{refused:?}");
}

#[test]
fn sectors_lost_stretches_overwritten_and_files_gone_at_once_are_noticed() {
    for seed in 0..ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let made = make(&mut random);
        let mut harmed = made.files.clone();
        for _ in 0..random.usize(1..5) {
            let file = random.usize(0..harmed.len());
            let bytes = &mut harmed[file].1;
            let from = random.usize(0..bytes.len());
            match random.u8(0..4) {
                0 => bytes[from / 512 * 512..].iter_mut().take(512).for_each(|byte| *byte = 0),
                1 => bytes[from..].iter_mut().take(100).for_each(|byte| *byte = random.u8(..)),
                // What stood elsewhere: whole, and at the wrong place.
                2 => bytes.copy_within(0..(4_096 - from).min(1_024), from),
                // Not the first: that one is gone after a trim too, and the log cannot tell.
                _ if harmed.len() > 2 && file > 0 => drop(harmed.remove(file)),
                _ => {}
            }
            harmed.iter_mut().for_each(|(_, bytes)| bytes.resize(bytes.len().max(4_096), 0));
        }
        let opened = check(seed, &made, &harmed, made.frames.last().unwrap().last, &mut random);
        assert!(opened.damage.is_empty() || opened.torn.is_none(), "seed {seed}");
    }
}
