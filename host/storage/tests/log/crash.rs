//! Power cuts, by seed.

use super::{all, append, group, open};
use oyez_model::Sequence;
use oyez_model::port::{Files, Log, RawFrame};
use oyez_storage::MemoryFiles;
use std::sync::Arc;

/// Appends and crashes in turns; gives back what was lost of what had been acknowledged, if anything.
fn lost(seed: u64, memory: MemoryFiles) -> Option<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let memory = Arc::new(memory);
    let files = Arc::clone(&memory) as Arc<dyn Files>;
    let mut acknowledged: Vec<RawFrame> = Vec::new();
    for round in 0..6 {
        let (mut log, opened) = open(&files, acknowledged.last().map_or(Sequence(0), |frame| frame.last));
        if let Some(damage) = opened.damage.first() {
            return Some(format!("round {round}: {damage:?}"));
        }
        let there = all(&mut random, &*log.reader());
        if !there.starts_with(&acknowledged) {
            return Some(format!("round {round}: {} frames of {}", there.len(), acknowledged.len()));
        }
        // What was written and not acknowledged may be there, whole frames of it: from here on it counts.
        acknowledged = there;
        memory.fail_after(random.u64(0..60));
        loop {
            let group = group(&mut random, log.end(), 6, 900);
            let end = log.end();
            if log.append(end, &group).is_err() {
                break;
            }
            acknowledged.extend(group.frames);
        }
        // The process ends, or the power goes: at the next cut what the next process built upon must be there.
        if random.u8(0..3) == 0 { memory.restart() } else { memory.crash(|| random.bool()) }
    }
    None
}

#[test]
fn what_was_acknowledged_outlives_any_power_cut() {
    for seed in 0..400 {
        assert_eq!(lost(seed, MemoryFiles::crashing()), None, "seed {seed}");
    }
}

#[test]
fn with_the_sync_taken_out_the_loss_is_noticed() {
    let noticed = (0..20).filter(|seed| lost(*seed, MemoryFiles::crashing().without_sync()).is_some()).count();
    assert!(noticed >= 19, "only {noticed} of 20 runs noticed");
}

#[test]
fn what_was_cut_never_comes_back() {
    let mut torn = 0;
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let memory = Arc::new(MemoryFiles::crashing());
        let files = Arc::clone(&memory) as Arc<dyn Files>;
        let (mut log, _) = open(&files, Sequence(0));
        append(&mut log, &group(&mut random, Sequence(0), 3, 100));
        // A group that is torn: what is left of it must not stand behind what is written next.
        memory.fail_after(0);
        let lost = group(&mut random, log.end(), 6, 900);
        let end = log.end();
        assert!(log.append(end, &lost).is_err());
        memory.crash(|| random.bool());
        let (mut log, opened) = open(&files, end);
        assert_eq!(opened.damage, Vec::new());
        torn += usize::from(opened.torn.is_some());
        let before = all(&mut random, &*log.reader());
        let next = group(&mut random, log.end(), 1, 10);
        append(&mut log, &next);
        memory.crash(|| random.bool());
        let (log, opened) = open(&files, log.end());
        assert_eq!((opened.torn, opened.damage), (None, Vec::new()), "seed {seed}");
        assert_eq!(all(&mut random, &*log.reader()), [before, next.frames].concat(), "seed {seed}");
    }
    assert!(torn > 100, "only {torn} of 200 runs tear");
}

#[test]
fn a_trim_that_the_power_interrupts_leaves_a_log_without_a_hole() {
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let memory = Arc::new(MemoryFiles::crashing());
        let files = Arc::clone(&memory) as Arc<dyn Files>;
        let (mut log, _) = open(&files, Sequence(0));
        let mut appended = Vec::new();
        for _ in 0..40 {
            let group = group(&mut random, log.end(), 4, 600);
            append(&mut log, &group);
            appended.extend(group.frames);
        }
        let below = appended[random.usize(appended.len() / 2..appended.len())].first;
        memory.fail_after(random.u64(1..12));
        let _ = log.trim(below);
        memory.crash(|| random.bool());
        let (log, opened) = open(&files, appended.last().unwrap().last);
        assert_eq!((opened.torn, opened.damage), (None, Vec::new()), "seed {seed}");
        let there = all(&mut random, &*log.reader());
        assert!(appended.ends_with(&there) && there[0].first <= below, "seed {seed}");
    }
}
