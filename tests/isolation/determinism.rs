//! The same event gives the same bits, however often it runs, and wherever.

use oyez_tests::{Running, component, event};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// What came of the event, attempt by attempt: each emission's data as it lies in the log.
fn emitted(host: &Running) -> Vec<String> {
    let events = host.events().unwrap();
    let echoed = events.iter().filter(|item| item["event"]["type"] == "test.echoed.v1");
    echoed.map(|item| item["event"]["data"].to_string()).collect()
}

fn run(folder: &Path, act: impl FnOnce(&mut Running)) -> Vec<String> {
    let mut host = Running::start(folder).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    act(&mut host);
    host.until_settled().unwrap();
    let emitted = emitted(&host);
    host.terminate().unwrap();
    emitted
}

#[test]
fn time_randomness_and_nans_repeat_for_the_same_event_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("plugins")).unwrap();
    let put = |name: &str| fs::write(folder.join(format!("plugins/{name}.wasm")), component("guests/mixes")).unwrap();
    put("mixes");
    let first = run(folder, |host| drop(host.publish(&[event("1", "test.event.v1", "s", &json!({}))]).unwrap()));
    assert_eq!(first.len(), 2);
    let mixed: Value = serde_json::from_str(&first[0]).unwrap();
    assert_ne!(mixed["random"], json!(vec![0; 32]), "it is mixed with randomness at all");
    let rebuild = |folder: &Path| {
        run(folder, |host| {
            let mut command = std::process::Command::new(oyez_tests::oyez());
            command.args(["plugins", "rebuild", "mixes", "--from", "beginning", "--emit", "--url", &host.url]);
            assert!(command.status().unwrap().success());
        })
    };
    // The same event, run again by the same process, and by another one.
    let second = rebuild(folder);
    assert_eq!((&second[..2], &second[2..]), (&first[..], &first[..]));
    fs::remove_dir_all(folder.join("oyez-data/compiled")).unwrap();
    let third = rebuild(folder);
    assert_eq!((third.len(), &third[4..]), (6, &first[..]));
}
