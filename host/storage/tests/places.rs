//! The views' laws for every implementation, and the data directory.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_model::Sequence;
use oyez_model::port::{Change, File, Files, Space, Views};
use oyez_storage::{DataDir, DataDirError, FjallViews, MemoryFiles, MemoryViews, Withholding};
use std::fs;
use std::sync::Arc;

fn change(space: Space, key: &str, value: Option<&str>) -> Change {
    Change { space, key: key.as_bytes().to_vec(), value: value.map(|value| value.as_bytes().to_vec()) }
}

fn each(law: fn(&dyn Views)) {
    let folder = tempfile::tempdir().unwrap();
    law(&FjallViews::open(folder.path()).unwrap());
    law(&MemoryViews::default());
}

#[test]
fn a_checkpoint_is_there_with_its_sequence_and_the_later_change_holds() {
    each(|views| {
        assert_eq!(views.applied().unwrap(), Sequence(0));
        let changes = [change(Space::Rows, "a", Some("1")), change(Space::Rows, "b", Some("2")), change(Space::Rows, "a", None)];
        views.checkpoint(&changes, Sequence(7)).unwrap();
        assert_eq!(views.applied().unwrap(), Sequence(7));
        assert_eq!(views.get(Space::Rows, b"a").unwrap(), None);
        assert_eq!(views.get(Space::Rows, b"b").unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(views.get(Space::Ids, b"b").unwrap(), None);
    });
}

#[test]
fn of_changes_to_one_key_in_one_checkpoint_the_last_holds_also_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let views = FjallViews::open(folder.path()).unwrap();
    let check = |views: &dyn Views| {
        let keys = ["put-put", "take-put", "put-take", "put-take-put"];
        let values = keys.map(|key| views.get(Space::Rows, key.as_bytes()).unwrap());
        assert_eq!(values, [Some(b"2".to_vec()), Some(b"2".to_vec()), None, Some(b"3".to_vec())]);
    };
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
    let changes = changes.map(|(key, value)| change(Space::Rows, key, value));
    views.checkpoint(&changes, Sequence(2)).unwrap();
    check(&views);
    drop(views);
    check(&FjallViews::open(folder.path()).unwrap());
    let memory = MemoryViews::default();
    memory.checkpoint(&changes, Sequence(2)).unwrap();
    check(&memory);
}

#[test]
fn a_store_that_does_not_open_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let views = folder.path().join("views");
    drop(FjallViews::open(&views).unwrap());
    for entry in fs::read_dir(&views).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::write(entry.path(), "not what was here").unwrap();
    }
    let refused = FjallViews::open(&views).unwrap_err().to_string();
    assert!(refused.contains(&*views.to_string_lossy()) && refused.contains("made anew from the log"), "{refused}");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_named_and_a_crash_while_it_is_made_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = DataDir::open(&file.join("data")).unwrap_err();
    assert_eq!(refused.code(), "data-dir-io");
    assert!(refused.to_string().contains("file"), "{refused}");
    let half = folder.path().join("half");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("LOCK"), "").unwrap();
    fs::write(half.join("FORMAT.part"), "oyez").unwrap();
    assert_eq!(DataDir::open(&half).unwrap().path(), half);
}

#[test]
fn what_is_withheld_is_read_back_and_lost_with_the_process() {
    let inner: Arc<dyn Files> = Arc::new(MemoryFiles::default());
    let files = Withholding::new(Arc::clone(&inner));
    let file = files.create("a").unwrap();
    file.write_at(b"synced", 0).unwrap();
    file.sync().unwrap();
    file.write_at(b"withheld", 10).unwrap();
    let mut bytes = [9; 30];
    assert_eq!((file.len().unwrap(), file.read_at(&mut bytes, 0).unwrap()), (18, 18));
    assert_eq!(&bytes[..18], b"synced\0\0\0\0withheld");
    file.truncate(14).unwrap();
    let read = |file: &dyn File| (file.len().unwrap(), file.read_at(&mut [0; 30], 0).unwrap());
    assert_eq!(read(&*file), (14, 14));
    drop(file);
    assert_eq!(inner.open("a").unwrap().len().unwrap(), 14);
    inner.open("a").unwrap().read_at(&mut bytes, 0).unwrap();
    assert_eq!(&bytes[..14], b"synced\0\0\0\0\0\0\0\0");
}

#[test]
fn a_scan_goes_up_within_its_prefix() {
    each(|views| {
        let keys = ["a", "b1", "b2", "b3", "c"].map(|key| change(Space::Ids, key, Some(key)));
        views.checkpoint(&keys, Sequence(1)).unwrap();
        let scan = |prefix: &str, from: &str, limit| -> Vec<String> {
            let rows = views.scan(Space::Ids, prefix.as_bytes(), from.as_bytes(), limit).unwrap();
            rows.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect()
        };
        assert_eq!(scan("b", "", 10), ["b1", "b2", "b3"]);
        assert_eq!(scan("b", "b2", 10), ["b2", "b3"]);
        assert_eq!(scan("b", "", 2), ["b1", "b2"]);
        assert_eq!(scan("", "", 10).len(), 5);
        assert!(scan("d", "", 10).is_empty());
    });
}

#[test]
fn a_checkpoint_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let views = FjallViews::open(folder.path()).unwrap();
    views.checkpoint(&[change(Space::Plugins, "p", Some("v"))], Sequence(9)).unwrap();
    drop(views);
    let views = FjallViews::open(folder.path()).unwrap();
    assert_eq!(views.applied().unwrap(), Sequence(9));
    assert_eq!(views.get(Space::Plugins, b"p").unwrap().as_deref(), Some(&b"v"[..]));
}

#[test]
fn one_process_owns_a_data_directory_and_keeps_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/data");
    let first = DataDir::open(&path).unwrap();
    let refused = DataDir::open(&path).unwrap_err();
    assert_eq!(refused.code(), "data-dir-in-use");
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
    let secret = *first.secret();
    drop(first);
    assert_eq!(*DataDir::open(&path).unwrap().secret(), secret);
    assert_ne!(secret, [0; 32]);
}

#[test]
fn a_directory_of_a_later_version_and_one_that_is_not_ours_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(DataDir::open(folder.path()).unwrap());
    fs::write(folder.path().join("FORMAT"), "oyez-data 2\n").unwrap();
    assert!(matches!(DataDir::open(folder.path()), Err(DataDirError::Newer { found: 2, known: 1, .. })));
    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("thesis.tex"), "x").unwrap();
    let refused = DataDir::open(foreign.path()).unwrap_err();
    assert_eq!(refused.code(), "data-dir-invalid");
    assert!(refused.to_string().contains("thesis.tex"));
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);
}
