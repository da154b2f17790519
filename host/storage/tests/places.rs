//! The data directory, and what else is told of the places where things lie.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_model::port::{File, Files};
use oyez_storage::{DataDir, DataDirError, FjallViews, MemoryFiles, Withholding};
use std::fs;
use std::sync::Arc;

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
