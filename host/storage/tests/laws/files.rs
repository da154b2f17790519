//! The laws of `Files`, one suite for every implementation.

use oyez_model::port::{File, Files};
use oyez_storage::{DiskFiles, MemoryFiles, Withholding};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Gives back the folder as the next process finds it.
type Crash = dyn Fn(&mut fastrand::Rng) -> Arc<dyn Files>;

/// A folder, and what lets it crash: the process ends, and where the folder can do that, the power goes.
struct Place {
    files: Arc<dyn Files>,
    crash: Box<Crash>,
}

fn disk(folder: &Path) -> Arc<dyn Files> {
    Arc::new(DiskFiles::open(folder).unwrap())
}

/// Every implementation, each in a folder of its own.
fn each(law: impl Fn(Place)) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [on_disk, withheld] = [0, 1].map(|i| folders[i].path().to_owned());
    law(Place { files: disk(&on_disk), crash: Box::new(move |_| disk(&on_disk)) });
    let over_disk = move || -> Arc<dyn Files> { Arc::new(Withholding::new(disk(&withheld))) };
    law(Place { files: over_disk(), crash: Box::new(move |_| over_disk()) });
    let memory = Arc::new(MemoryFiles::default());
    law(Place {
        files: Arc::clone(&memory) as _,
        crash: Box::new(move |_| {
            memory.restart();
            Arc::clone(&memory) as _
        }),
    });
    for withholds in [false, true] {
        let memory = Arc::new(MemoryFiles::crashing());
        let over = move |memory: Arc<MemoryFiles>| -> Arc<dyn Files> { if withholds { Arc::new(Withholding::new(memory)) } else { memory } };
        law(Place {
            files: over(Arc::clone(&memory)),
            crash: Box::new(move |random| {
                memory.crash(|| random.bool());
                over(Arc::clone(&memory))
            }),
        });
    }
}

fn read(file: &dyn File, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0xaa; length];
    let read = file.read_at(&mut bytes, offset).unwrap();
    bytes.truncate(read);
    bytes
}

#[test]
fn law_1_what_was_synced_is_read_back_after_a_crash_and_of_the_rest_nothing_but_what_was_written() {
    const LENGTH: usize = 3_000;
    for seed in 0..20 {
        each(|mut place| {
            let mut random = fastrand::Rng::with_seed(seed);
            let file = place.files.create("a").unwrap();
            file.allocate(LENGTH as u64).unwrap();
            file.sync().unwrap();
            place.files.sync_folder().unwrap();
            let mut certain = vec![0; LENGTH];
            let mut file = file;
            for _ in 0..5 {
                // What each byte may be after a crash: as it was synced, or as it was written since.
                let mut maybe: Vec<Vec<u8>> = certain.iter().map(|byte| vec![*byte]).collect();
                for _ in 0..random.usize(1..8) {
                    let (at, bytes) = (random.usize(0..LENGTH - 900), vec![random.u8(1..); random.usize(1..900)]);
                    file.write_at(&bytes, at as u64).unwrap();
                    maybe[at..at + bytes.len()].iter_mut().for_each(|may| may.push(bytes[0]));
                    if random.u8(0..3) == 0 {
                        file.sync().unwrap();
                        maybe.iter_mut().for_each(|may| drop(may.drain(..may.len() - 1)));
                    }
                }
                drop(file);
                place.files = (place.crash)(&mut random);
                file = place.files.open("a").unwrap();
                certain = read(&*file, 0, LENGTH + 1);
                assert_eq!(certain.len(), LENGTH, "seed {seed}: {:?}", place.files);
                let wrong = certain.iter().zip(&maybe).position(|(byte, may)| !may.contains(byte));
                assert_eq!(wrong, None, "seed {seed}: {:?}", place.files);
                // What the machine kept of it in its memory is synced by the next sync, or written anew.
                file.write_at(&certain, 0).unwrap();
                file.sync().unwrap();
            }
        });
    }
}

#[test]
fn law_2_a_file_created_and_one_removed_are_so_after_a_crash_once_the_folder_is_synced() {
    for seed in 0..20 {
        each(|place| {
            let files = &place.files;
            let _ = ["a", "b"].map(|name| files.create(name).unwrap());
            files.sync_folder().unwrap();
            files.remove("a").unwrap();
            files.create("c").unwrap();
            files.sync_folder().unwrap();
            let after = (place.crash)(&mut fastrand::Rng::with_seed(seed));
            assert_eq!(after.list().unwrap(), ["b", "c"], "seed {seed}: {after:?}");
        });
    }
}

#[test]
fn law_3_a_list_is_sorted_and_a_name_is_created_once_and_opened_and_removed_where_it_is() {
    each(|Place { files, .. }| {
        for name in ["b", "c", "a"] {
            files.create(name).unwrap().write_at(name.as_bytes(), 0).unwrap();
        }
        assert_eq!(files.list().unwrap(), ["a", "b", "c"]);
        assert_eq!(files.create("b").unwrap_err().kind(), ErrorKind::AlreadyExists);
        files.remove("a").unwrap();
        assert_eq!(files.open("a").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(files.remove("a").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(files.list().unwrap(), ["b", "c"]);
    });
}

#[test]
fn law_4_what_was_written_is_read_at_once_and_a_removed_file_by_who_has_it_open() {
    each(|Place { files, .. }| {
        let file = files.create("a").unwrap();
        file.write_at(b"one two", 0).unwrap();
        file.write_at(b"TWO", 4).unwrap();
        assert_eq!(read(&*file, 0, 100), b"one TWO");
        files.remove("a").unwrap();
        assert_eq!((read(&*file, 4, 3), file.len().unwrap()), (b"TWO".to_vec(), 7));
        assert!(!file.is_empty().unwrap());
        // A name that is free again is another file.
        assert!(files.create("a").unwrap().is_empty().unwrap());
        assert_eq!(read(&*file, 0, 3), b"one");
    });
}

#[test]
fn law_5_what_was_never_written_and_what_was_cut_off_is_zero_and_a_read_ends_with_the_file() {
    each(|Place { files, .. }| {
        let file = files.create("a").unwrap();
        assert_eq!(read(&*file, 0, 10), b"");
        file.write_at(b"x", 4).unwrap();
        assert_eq!(read(&*file, 0, 10), b"\0\0\0\0x");
        file.allocate(8).unwrap();
        file.allocate(2).unwrap();
        assert_eq!((read(&*file, 3, 10), file.len().unwrap()), (b"\0x\0\0\0".to_vec(), 8));
        file.write_at(b"12345678", 0).unwrap();
        file.sync().unwrap();
        file.truncate(3).unwrap();
        assert_eq!(read(&*file, 0, 10), b"123");
        file.allocate(6).unwrap();
        assert_eq!(read(&*file, 0, 10), b"123\0\0\0");
        assert_eq!(read(&*file, 6, 10), b"");
    });
}
