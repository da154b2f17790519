//! What is compiled is compiled once, in a child, and nothing that was altered since is run.

use oyez_tests::{Running, component};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The compiled plugins of a data directory.
fn artefacts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("oyez-data/compiled")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.file_name().unwrap() != "secret").collect();
    paths.sort();
    paths
}

/// How often a host said that something was wrong with one, over all of its lives.
fn complaints(folder: &Path) -> usize {
    fs::read_to_string(folder.join("log")).unwrap().matches("it is compiled again").count()
}

/// Starts a host, waits until its folder is read, and gives back how many of its plugins run.
fn running(folder: &Path) -> usize {
    let mut host = Running::start(folder).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    let plugins = host.get("/v1/plugins").unwrap();
    host.terminate().unwrap();
    plugins["items"].as_array().unwrap().iter().filter(|plugin| plugin["state"] == "running").count()
}

fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_artefact_that_was_altered_or_swapped_is_found_and_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("plugins")).unwrap();
    for guest in ["echo", "trap"] {
        fs::write(folder.join(format!("plugins/{guest}.wasm")), component(&format!("guests/{guest}"))).unwrap();
    }
    assert_eq!(running(folder), 2);
    let compiled = artefacts(folder);
    assert_eq!(compiled.len(), 2);
    let honest: Vec<_> = compiled.iter().map(|path| fs::read(path).unwrap()).collect();
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    let before = inode(&compiled[0]);
    assert_eq!((running(folder), complaints(folder), inode(&compiled[0])), (2, 0, before), "it is compiled once");

    let mut altered = honest[0].clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 0x40;
    replace(&compiled[0], &altered);
    assert_eq!((running(folder), complaints(folder)), (2, 1));
    assert_eq!(fs::read(&compiled[0]).unwrap(), honest[0], "what it compiles to is the same each time");

    replace(&compiled[0], &honest[1]);
    replace(&compiled[1], &honest[0]);
    assert_eq!((running(folder), complaints(folder)), (2, 3));
    replace(&compiled[1], &honest[1][..100]);
    replace(&compiled[0], b"");
    assert_eq!((running(folder), complaints(folder)), (2, 5));
    assert_eq!(artefacts(folder).iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>(), honest);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.join("oyez-data/compiled")), mode(&compiled[0])), (0o700, 0o400));
}
