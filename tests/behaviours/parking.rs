//! A key that is held back behind its dead letter, and flows on in order.

use super::{ECHOED, EVENT, ask, host_with, of_type};
use oyez_tests::{Running, event, oyez};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const KEYS: usize = 4;
const PARK: &str = "[[subscription]]\nname = \"on-pick\"\n[subscription.retry]\non_dead = \"park\"\n";

/// Event `i` of key `i % KEYS`; every key's third one is bad.
fn numbered(i: usize) -> Value {
    event(&i.to_string(), EVENT, &format!("k-{}", i % KEYS), &json!({ "bad": i / KEYS == 2 }))
}

/// What was echoed, by key, in the order of the log.
fn echoed(host: &Running) -> HashMap<usize, Vec<usize>> {
    let mut by_key: HashMap<usize, Vec<usize>> = HashMap::new();
    for echo in of_type(&host.events().unwrap(), ECHOED) {
        let i: usize = echo["causationid"].as_str().unwrap().parse().unwrap();
        by_key.entry(i % KEYS).or_default().push(i / KEYS);
    }
    by_key
}

/// What flows on is taken up bit by bit: it is settled when it is parked no longer.
fn until_parked(host: &Running, n: usize) {
    oyez_tests::until("what is parked to flow", || Ok(host.count("picky/on-pick", "parked")? == n as u64)).unwrap();
    host.until_settled().unwrap();
}

fn mend(folder: &Path, host: &Running) {
    let since = |host: &Running| host.get("/v1/plugins/picky").unwrap()["since"].as_u64().unwrap();
    let before = since(host);
    fs::write(folder.join("plugins/picky.toml"), format!("{PARK}[config]\nmended = true\n")).unwrap();
    oyez_tests::until("the new settings", || Ok(since(host) != before)).unwrap();
}

#[test]
fn a_key_stands_behind_its_dead_letter_and_flows_on_in_order_when_that_is_redriven() {
    const EVENTS: usize = 400 * KEYS;
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "picky", PARK);
    let events: Vec<Value> = (0..EVENTS).map(numbered).collect();
    events[..EVENTS / 2].chunks(100).for_each(|batch| drop(host.publish(batch).unwrap()));
    host.until_settled().unwrap();
    let counts = |host: &Running| (host.count("picky/on-pick", "dead").unwrap(), host.count("picky/on-pick", "parked").unwrap());
    assert_eq!(counts(&host), (KEYS as u64, (EVENTS / 2 - 3 * KEYS) as u64));
    assert!(echoed(&host).values().all(|of_key| of_key == &[0, 1]));

    // Killed and started again, it stands as it stood; what comes meanwhile joins it.
    host.kill().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    events[EVENTS / 2..].chunks(100).for_each(|batch| drop(host.publish(batch).unwrap()));
    host.until_settled().unwrap();
    assert_eq!(counts(&host), (KEYS as u64, (EVENTS - 3 * KEYS) as u64));
    let listed = ask(&host, &["parked", "list", "-n", "3"]);
    assert!(listed.contains("k-0") && listed.contains("there are more than these 3"), "{listed}");
    let trace = host.get(&format!("/v1/events/{}/trace", host.events().unwrap().last().unwrap()["sequence"])).unwrap();
    assert_eq!(trace["deliveries"][0]["state"], "parked");

    mend(folder.path(), &host);
    let dead = host.get("/v1/dead?limit=1").unwrap()["items"][0].clone();
    ask(&host, &["dead", "redrive", dead["id"].as_str().unwrap()]);
    until_parked(&host, (EVENTS / KEYS - 3) * (KEYS - 1));
    let flowed = echoed(&host);
    let key: usize = dead["event"]["subject"].as_str().unwrap()[2..].parse().unwrap();
    assert_eq!(flowed[&key], (0..EVENTS / KEYS).collect::<Vec<_>>(), "one key flows");
    assert!(flowed.iter().all(|(other, of_key)| *other == key || of_key == &[0, 1]), "the others stand");

    ask(&host, &["dead", "redrive", "--all", "--rate", "1000/s"]);
    until_parked(&host, 0);
    assert_eq!(counts(&host), (0, 0));
    assert!(echoed(&host).values().all(|of_key| of_key == &(0..EVENTS / KEYS).collect::<Vec<_>>()));
    host.terminate().unwrap();
}

#[test]
fn what_is_parked_is_released_past_its_dead_letter_or_dropped_or_flows_when_that_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "picky", PARK);
    host.publish(&(0..6 * KEYS).map(numbered).collect::<Vec<_>>()).unwrap();
    host.until_settled().unwrap();
    let of_key = |path: &str, key: usize| -> Vec<String> {
        let items = host.get(path).unwrap();
        let ours = items["items"].as_array().unwrap().iter().filter(|item| item["event"]["subject"] == format!("k-{key}"));
        ours.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    // Key 0: released. Key 1: its dead letter dropped. Key 2: the middle one of what is parked dropped, then released.
    ask(&host, &["parked", "release", &of_key("/v1/parked", 0)[0]]);
    ask(&host, &["dead", "drop", &of_key("/v1/dead", 1)[0]]);
    ask(&host, &["parked", "drop", &of_key("/v1/parked", 2)[1]]);
    ask(&host, &["parked", "release", &of_key("/v1/parked", 2)[0]]);
    until_parked(&host, 3);
    let flowed = echoed(&host);
    assert_eq!([&flowed[&0][..], &flowed[&1], &flowed[&2], &flowed[&3]], [&[0, 1, 3, 4, 5][..], &[0, 1, 3, 4, 5], &[0, 1, 3, 5], &[0, 1]]);
    assert_eq!((of_key("/v1/dead", 0).len(), of_key("/v1/dead", 1).len(), of_key("/v1/parked", 3).len()), (1, 0, 3));
    let would = ask(&host, &["parked", "release", "--all", "--dry-run"]);
    assert!(would.contains("3 would be released") && of_key("/v1/parked", 3).len() == 3, "{would}");
    let gone = Command::new(oyez()).args(["parked", "release", "0-1", "--url", &host.url]).output().unwrap();
    assert!(gone.status.code() == Some(1) && String::from_utf8(gone.stderr).unwrap().contains("error[not-parked]"));
    let exported = ask(&host, &["dead", "export", "--all"]);
    assert_eq!(exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect::<Vec<_>>().len(), 3);
}
