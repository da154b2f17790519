//! The laws of `Views`, one suite for every implementation.

use oyez_model::Sequence;
use oyez_model::port::{Change, Space, Views};
use oyez_storage::{FjallViews, MemoryViews};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

fn change(space: Space, key: &str, value: Option<&str>) -> Change {
    Change { space, key: key.as_bytes().to_vec(), value: value.map(|value| value.as_bytes().to_vec()) }
}

fn text(views: &dyn Views, space: Space, key: &str) -> Option<String> {
    views.get(space, key.as_bytes()).unwrap().map(|value| String::from_utf8(value).unwrap())
}

fn each(law: fn(&dyn Views)) {
    let folder = tempfile::tempdir().unwrap();
    law(&FjallViews::open(folder.path()).unwrap());
    law(&MemoryViews::default());
}

/// What is written is checked, and again by the next process where there is one.
fn each_and_reopened(write: fn(&dyn Views), check: fn(&dyn Views)) {
    let folder = tempfile::tempdir().unwrap();
    let views = FjallViews::open(folder.path()).unwrap();
    let memory = MemoryViews::default();
    write(&views);
    write(&memory);
    check(&views);
    check(&memory);
    drop(views);
    check(&FjallViews::open(folder.path()).unwrap());
}

#[test]
fn law_1_a_checkpoint_that_returned_is_there_with_its_sequence_for_the_next_process_too() {
    each_and_reopened(
        |views| {
            assert_eq!(views.applied().unwrap(), Sequence(0));
            let changes = Space::ALL.map(|space| change(space, space.name(), Some(space.name())));
            views.checkpoint(&changes, Sequence(7)).unwrap();
            views.checkpoint(&[change(Space::Rows, "rows", None)], Sequence(9)).unwrap();
        },
        |views| {
            assert_eq!(views.applied().unwrap(), Sequence(9));
            for space in Space::ALL {
                let wanted = (space != Space::Rows).then(|| space.name().to_owned());
                assert_eq!(text(views, space, space.name()), wanted);
                assert_eq!(text(views, space, "other"), None);
            }
        },
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else if source.extension().is_some_and(|ending| ending == "jnl") {
            // Reserved in 64 MiB, of which this much is written.
            let bytes = fs::read(&source).unwrap();
            let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            fs::write(target, &bytes[..written]).unwrap();
        } else {
            fs::copy(source, target).unwrap();
        }
    }
}

/// A checkpoint is one write to the journal, so a crash leaves some of its bytes. In memory no crash leaves anything.
#[test]
fn law_2_a_crash_during_a_checkpoint_leaves_all_of_it_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [at, before, after] = ["at", "before", "after"].map(|name| folder.path().join(name));
    let write = |views: &FjallViews, n: u64| {
        let (key, value) = (format!("k{n}"), "v".repeat(50));
        views.checkpoint(&[change(Space::Rows, &key, Some(&value)), change(Space::Ids, &key, Some(&value))], Sequence(n)).unwrap();
    };
    let views = FjallViews::open(&at).unwrap();
    write(&views, 1);
    copy(&at, &before);
    write(&views, 2);
    copy(&at, &after);
    drop(views);
    let journals: Vec<_> =
        fs::read_dir(&after).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jnl")).collect();
    let [journal] = &journals[..] else { panic!("{journals:?}") };
    let name = journal.file_name().unwrap();
    let (short, long) = (fs::metadata(before.join(name)).unwrap().len(), fs::metadata(journal).unwrap().len());
    assert!(short + 100 < long, "the second checkpoint is in the journal: {short}, {long}");
    let mut whole = 0;
    for cut in (short..=long).step_by(9).chain([long]) {
        let cut_at = folder.path().join(format!("cut-{cut}"));
        copy(&after, &cut_at);
        fs::OpenOptions::new().write(true).open(cut_at.join(name)).unwrap().set_len(cut).unwrap();
        let views = FjallViews::open(&cut_at).unwrap();
        let there = [Space::Rows, Space::Ids].map(|space| text(&views, space, "k2").is_some());
        assert_eq!(there, [views.applied().unwrap() == Sequence(2); 2], "cut at {cut} of {short} to {long}");
        assert!(text(&views, Space::Rows, "k1").is_some() && views.applied().unwrap() >= Sequence(1));
        whole += usize::from(there[0]);
        drop(views);
        fs::remove_dir_all(cut_at).unwrap();
    }
    assert!(whole >= 1, "the whole of it is there");
}

#[test]
fn law_3_readers_see_the_last_checkpoint_and_during_one_that_or_the_one_before() {
    each(|views| {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let readers = [0, 1].map(|_| {
                scope.spawn(|| {
                    let mut last = 0;
                    while !done.load(Ordering::SeqCst) {
                        let now: u64 = text(views, Space::State, "n").map_or(0, |n| n.parse().unwrap());
                        let scanned = views.scan(Space::State, b"n", b"", 10).unwrap();
                        let then: u64 = scanned.first().map_or(0, |(_, n)| std::str::from_utf8(n).unwrap().parse().unwrap());
                        assert!(last <= now && now <= then, "{last}, {now}, {then}");
                        last = then;
                    }
                })
            });
            for n in 1..=100_u64 {
                views.checkpoint(&[change(Space::State, "n", Some(&n.to_string()))], Sequence(n)).unwrap();
                assert_eq!((text(views, Space::State, "n"), views.applied().unwrap()), (Some(n.to_string()), Sequence(n)));
            }
            done.store(true, Ordering::SeqCst);
            for reader in readers {
                reader.join().unwrap();
            }
        });
    });
}

#[test]
fn law_4_a_scan_goes_up_by_bytes_within_its_prefix_and_its_limit() {
    each(|views| {
        let keys = ["c", "b2", "a", "b1", "b3"].map(|key| change(Space::Ids, key, Some(key)));
        views.checkpoint(&keys, Sequence(1)).unwrap();
        views.checkpoint(&[change(Space::Rows, "b0", Some("elsewhere"))], Sequence(2)).unwrap();
        let scan = |prefix: &str, from: &str, limit| -> Vec<String> {
            let rows = views.scan(Space::Ids, prefix.as_bytes(), from.as_bytes(), limit).unwrap();
            rows.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect()
        };
        assert_eq!(scan("b", "", 10), ["b1", "b2", "b3"]);
        assert_eq!(scan("b", "b2", 10), ["b2", "b3"]);
        assert_eq!(scan("b", "", 2), ["b1", "b2"]);
        assert_eq!(scan("b", "c", 10), Vec::<String>::new());
        assert_eq!(scan("", "", 10), ["a", "b1", "b2", "b3", "c"]);
        assert!(scan("d", "", 10).is_empty() && scan("", "", 0).is_empty());
    });
}

#[test]
fn law_5_of_changes_to_one_key_in_one_checkpoint_the_last_holds() {
    each_and_reopened(
        |views| {
            views.checkpoint(&[change(Space::Rows, "take-put", Some("0"))], Sequence(1)).unwrap();
            let changes = [
                ("put-put", Some("1")),
                ("put-put", Some("2")),
                ("take-put", None),
                ("take-put", Some("2")),
                ("put-take", Some("1")),
                ("put-take", None),
                ("put-take-put", Some("1")),
                ("put-take-put", None),
                ("put-take-put", Some("3")),
            ];
            views.checkpoint(&changes.map(|(key, value)| change(Space::Rows, key, value)), Sequence(2)).unwrap();
        },
        |views| {
            let values = ["put-put", "take-put", "put-take", "put-take-put"].map(|key| text(views, Space::Rows, key));
            assert_eq!(values, [Some("2".to_owned()), Some("2".to_owned()), None, Some("3".to_owned())]);
        },
    );
}
