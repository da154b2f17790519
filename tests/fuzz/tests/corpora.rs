//! What lies in `corpora/` is run by each test run, on any toolchain: nothing that was found comes back.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;

fn replay(target: &str, body: fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(target);
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "there is nothing to begin with");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        println!("{}", file.display());
        body(&bytes);
        // Torn anywhere, as a fuzzer tears them.
        (0..bytes.len()).step_by(bytes.len() / 16 + 1).for_each(|end| body(&bytes[..end]));
    }
}

#[test]
fn messages_over_http() {
    replay("http", oyez_fuzz::http);
}

#[test]
fn events_in_json() {
    replay("json", oyez_fuzz::json);
}

#[test]
fn settings_of_plugins_and_hosts() {
    replay("settings", oyez_fuzz::settings);
}

#[test]
fn folders_of_a_log() {
    replay("frames", oyez_fuzz::frames);
}

#[test]
fn values_that_a_guest_gives() {
    replay("boundary", oyez_fuzz::boundary);
}

#[test]
fn files_that_may_be_components() {
    replay("component", oyez_fuzz::component);
}
