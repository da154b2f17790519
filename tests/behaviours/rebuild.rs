//! A plugin's state made anew from recorded events.

use super::state::{GRANTED, said, side_by_side};
use super::{EVENT, ask, host_with};
use oyez_tests::{Running, event};
use serde_json::{Value, json};
use std::fs;

fn publish(host: &Running, ids: std::ops::Range<usize>) {
    let events: Vec<Value> = ids.map(|i| event(&i.to_string(), EVENT, &format!("k-{}", i % 16), &json!({}))).collect();
    events.chunks(500).for_each(|batch| drop(host.publish(batch).unwrap()));
    host.until_settled().unwrap();
}

/// What the counter says of one more event.
fn next(host: &Running, id: usize) -> u64 {
    publish(host, id..id + 1);
    said(host).last().unwrap()["count"].as_u64().unwrap()
}

#[test]
fn it_counts_each_event_once_and_what_it_emits_is_held_back_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "counts", GRANTED);
    publish(&host, 0..100);
    let half = host.events().unwrap()[100]["sequence"].to_string();
    assert_eq!(next(&host, 100), 101);
    assert!(ask(&host, &["plugins", "rebuild", "counts", "--from", "beginning", "--reset-state"]).contains("counts is rebuilt, and running"));
    assert_eq!((said(&host).len(), next(&host, 101)), (101, 102), "as it was");
    ask(&host, &["plugins", "rebuild", "counts", "--from", "beginning"]);
    assert_eq!(next(&host, 102), 2 * 102 + 1, "on top of what there was");
    let of_half = host.events().unwrap().iter().filter(|e| e["sequence"].as_u64() >= half.parse().ok() && e["event"]["type"] == EVENT).count();
    ask(&host, &["plugins", "rebuild", "counts", "--from", &half, "--reset-state", "--emit"]);
    assert_eq!((said(&host).len(), next(&host, 103)), (103 + of_half, of_half as u64 + 1), "from there on, and said again");
    // Wrong input.
    assert_eq!(host.post("/v1/plugins/counts/rebuild", &json!({})).unwrap(), 400);
    assert_eq!(host.post("/v1/plugins/counts/rebuild", &json!({ "from": "yesterday" })).unwrap(), 400);
    assert_eq!(host.post("/v1/plugins/nobody/rebuild", &json!({ "from": 1 })).unwrap(), 404);
    let subscriptions = host.subscriptions().unwrap();
    assert_eq!(subscriptions.len(), 1, "nothing is left of it: {subscriptions:?}");
}

#[test]
fn it_goes_on_after_a_kill_and_is_exact() {
    const EVENTS: usize = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "counts", &side_by_side("on-count"));
    publish(&host, 0..EVENTS);
    assert_eq!(host.post("/v1/plugins/counts/rebuild", &json!({ "from": 1, "resetState": true })).unwrap(), 200);
    assert_eq!(host.post("/v1/plugins/counts/rebuild", &json!({ "from": 1 })).unwrap(), 409);
    // What comes meanwhile waits, and is counted after it.
    let late: Vec<Value> = (EVENTS..EVENTS + 10).map(|i| event(&i.to_string(), EVENT, "k", &json!({}))).collect();
    host.publish(&late).unwrap();
    let state = host.get("/v1/plugins/counts").unwrap()["state"].clone();
    host.kill().unwrap();
    assert_eq!(state, "rebuilding", "the kill came too late to show anything");
    let host = Running::start(folder.path()).unwrap();
    host.until_plugin("counts", |plugin| plugin.is_some_and(|plugin| plugin["state"] == "running")).unwrap();
    host.until_settled().unwrap();
    assert_eq!(said(&host).len(), EVENTS + 10);
    assert_eq!(next(&host, EVENTS + 10), EVENTS as u64 + 11);
}

#[test]
fn one_that_fails_leaves_the_state_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "counts", GRANTED);
    publish(&host, 0..20);
    // Its state is to be smaller than it is: so no delivery completes.
    let tight = format!("{GRANTED}[[subscription]]\nname = \"on-count\"\n[subscription.retry]\nattempts = 1\n[limits]\nstate_bytes = \"1B\"\n");
    let since = host.get("/v1/plugins/counts").unwrap()["since"].clone();
    fs::write(folder.path().join("plugins/counts.toml"), tight).unwrap();
    oyez_tests::until("the new settings", || Ok(host.get("/v1/plugins/counts")?["since"] != since)).unwrap();
    assert_eq!(host.post("/v1/plugins/counts/rebuild", &json!({ "from": "beginning", "resetState": true })).unwrap(), 200);
    host.until_plugin("counts", |plugin| plugin.is_some_and(|plugin| plugin["state"] == "running")).unwrap();
    let reason = host.get("/v1/plugins/counts").unwrap()["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("rebuild-failed: ") && reason.contains("20 failed in all"), "{reason}");
    assert_eq!(host.get("/v1/dead").unwrap()["items"].as_array().unwrap().len(), 0);
    let since = host.get("/v1/plugins/counts").unwrap()["since"].clone();
    fs::write(folder.path().join("plugins/counts.toml"), GRANTED).unwrap();
    oyez_tests::until("the old settings", || Ok(host.get("/v1/plugins/counts")?["since"] != since)).unwrap();
    assert_eq!(next(&host, 20), 21);
}
