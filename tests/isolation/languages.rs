//! Guests of other toolchains, with no grants: they import clocks, randomness, files and sockets all the same.

use oyez_tests::{Running, component, event};
use serde_json::json;
use std::fs;

#[test]
fn javascript_and_python_built_without_stubs_handle_an_event_with_no_grants() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("plugins")).unwrap();
    for guest in ["answers_js", "answers_py"] {
        fs::write(folder.join(format!("plugins/{guest}.wasm")), component(&format!("guests/{guest}"))).unwrap();
    }
    let mut host = Running::start(folder).unwrap();
    for guest in ["answers_js", "answers_py"] {
        host.until_plugin(guest, |plugin| plugin.is_some()).unwrap();
        let shown = host.get(&format!("/v1/plugins/{guest}")).unwrap();
        assert_eq!((&shown["state"], &shown["pure"]), (&json!("running"), &json!(true)), "{shown}");
    }
    host.publish(&[event("1", "test.asked.v1", "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    let events = host.events().unwrap();
    let answered = events.iter().filter(|item| item["event"]["type"] == "test.answered.v1");
    let mut languages: Vec<_> = answered.map(|item| item["event"]["data"]["language"].as_str().unwrap()).collect();
    languages.sort_unstable();
    assert_eq!(languages, ["JavaScript", "Python"]);
    host.terminate().unwrap();
}
