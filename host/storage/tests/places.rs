//! The views' laws for every implementation, and the data directory.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_model::Sequence;
use oyez_model::port::{Change, Space, Views};
use oyez_storage::{DataDir, DataDirError, FjallViews, MemoryViews};
use std::fs;

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
    assert_eq!(refused.code(), "data-dir-foreign");
    assert!(refused.to_string().contains("thesis.tex"));
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);
}
