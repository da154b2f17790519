//! The laws of `Register`, one suite for every implementation.

use oyez_model::port::{Register, Slot, Started};
use oyez_model::{Sequence, SubscriptionNumber};
use oyez_storage::{FileRegister, Forgetful};
use std::path::Path;

fn started(sequence: u64, suspect: bool) -> Started {
    Started { number: SubscriptionNumber(7), sequence: Sequence(sequence), round: 1, attempt: 2, suspect }
}

fn found(path: &Path) -> Vec<(Slot, Started)> {
    FileRegister::open(path).unwrap().1
}

/// With a register in a file, and the file's path. What keeps nothing has no next process that could find anything.
fn kept(law: impl Fn(FileRegister, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("starts");
    let (register, none) = FileRegister::open(&path).unwrap();
    assert_eq!(none, []);
    law(register, &path);
}

#[test]
fn law_1_what_began_and_did_not_end_is_found_by_the_next_process_whenever_this_one_is_killed() {
    kept(|register, path| {
        let slots: Vec<_> = (0..100).map(|i| register.begin(started(i, i == 2))).collect();
        for i in (0..100).filter(|i| i % 3 == 1) {
            register.end(slots[i]);
            // What lies in the file at any moment is what the next process would find.
            let left = (0..100_u64).zip(&slots).filter(|(n, _)| n % 3 != 1 || *n > i as u64);
            assert_eq!(found(path), left.map(|(n, slot)| (*slot, started(n, n == 2))).collect::<Vec<_>>());
        }
    });
}

#[test]
fn law_2_what_is_found_is_there_for_the_process_after_until_it_ends_and_its_slot_is_its_own() {
    kept(|register, path| {
        let slots: Vec<_> = (0..3).map(|i| register.begin(started(i, false))).collect();
        register.end(slots[1]);
        drop(register);
        let left = [(slots[0], started(0, false)), (slots[2], started(2, false))];
        assert_eq!(found(path), left);
        let (register, again) = FileRegister::open(path).unwrap();
        assert_eq!(again, left);
        assert_eq!(register.begin(started(9, false)), slots[1]);
        register.end(slots[0]);
        register.end(slots[1]);
        assert_eq!(found(path), left[1..]);
    });
}

#[test]
fn law_3_it_never_fails_and_what_cannot_be_noted_is_not_found() {
    kept(|register, path| {
        let slot = register.begin(started(1, false));
        register.end(slot);
        // The device is gone, or has no room, or what is there is not ours: nobody is told.
        std::fs::remove_file(path).unwrap();
        for sequence in 0..10 {
            let slot = register.begin(started(sequence, false));
            register.end(slot);
        }
        register.clear();
        std::fs::write(path, [9; 100]).unwrap();
        assert_eq!(found(path), []);
    });
    let (full, _) = FileRegister::open(Path::new("/dev/full")).unwrap();
    for register in [&full as &dyn Register, &Forgetful] {
        let slots = [0, 1].map(|sequence| register.begin(started(sequence, false)));
        slots.into_iter().for_each(|slot| register.end(slot));
        register.clear();
    }
}

#[test]
fn law_4_after_it_was_cleared_nothing_is_found() {
    kept(|register, path| {
        let slots: Vec<_> = (0..9).map(|i| register.begin(started(i, false))).collect();
        assert_eq!(found(path).len(), slots.len());
        register.clear();
        assert_eq!(found(path), []);
    });
}
