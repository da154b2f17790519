//! What plugins keep: serialisable transactions, whatever runs beside them, over crashes too.

use super::{ECHOED, EVENT, host_with, of_type};
use oyez_tests::{Running, event};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const GRANTED: &str = "[grants]\nstate = true\n";

pub(crate) fn side_by_side(subscription: &str) -> String {
    format!("{GRANTED}[[subscription]]\nname = \"{subscription}\"\nconcurrency = 64\n")
}

/// The data of what the guest emitted.
pub(crate) fn said(host: &Running) -> Vec<Value> {
    of_type(&host.events().unwrap(), ECHOED).into_iter().map(|event| event["data"].clone()).collect()
}

#[test]
fn a_counter_shared_by_64_lanes_counts_each_event_once() {
    const EVENTS: usize = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "counts", &side_by_side("on-count"));
    let events: Vec<Value> = (0..EVENTS).map(|i| event(&i.to_string(), EVENT, &format!("k-{}", i % 64), &json!({}))).collect();
    events.chunks(500).for_each(|batch| drop(host.publish(batch).unwrap()));
    host.until_settled().unwrap();
    let counts: Vec<u64> = said(&host).iter().map(|data| data["count"].as_u64().unwrap()).collect();
    // In the order of the log too: what a settlement writes, the next one has read.
    assert_eq!(counts, (1..=EVENTS as u64).collect::<Vec<_>>());
}

#[test]
fn counters_of_their_own_hinder_nobody_and_outlive_a_kill() {
    const EVENTS: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "counts", &side_by_side("on-count"));
    let batch = |from: usize| -> Vec<Value> {
        let counter = |i: usize| {
            let mut event = event(&i.to_string(), EVENT, &format!("k-{}", i % 64), &json!({}));
            event["counter"] = format!("c-{}", i % 8).into();
            event
        };
        (from..from + EVENTS / 2).map(counter).collect()
    };
    host.publish(&batch(0)).unwrap();
    host.kill().unwrap();
    let host = Running::start(folder.path()).unwrap();
    host.publish(&batch(EVENTS / 2)).unwrap();
    host.until_plugin("counts", |plugin| plugin.is_some_and(|plugin| plugin["state"] == "running")).unwrap();
    host.until_settled().unwrap();
    let mut seen: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for data in said(&host) {
        assert!(seen.entry(data["counter"].to_string()).or_default().insert(data["count"].as_u64().unwrap()), "{data} was counted twice");
    }
    assert_eq!(seen.len(), 8);
    assert!(seen.values().all(|counts| *counts == (1..=EVENTS as u64 / 8).collect()), "{seen:?}");
}

#[test]
fn of_two_doctors_one_stays_however_both_ask() {
    const SHIFTS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "on_call", &side_by_side("on-leave"));
    let ask = |shift: usize, doctor: &str| {
        let id = format!("{shift}-{doctor}");
        event(&id, EVENT, &id, &json!({ "shift": format!("s-{shift}"), "doctor": doctor }))
    };
    let events: Vec<Value> = (0..SHIFTS).flat_map(|shift| [ask(shift, "alice"), ask(shift, "bob")]).collect();
    events.chunks(500).for_each(|batch| drop(host.publish(batch).unwrap()));
    host.until_settled().unwrap();
    let left = said(&host);
    let shifts: BTreeSet<String> = left.iter().map(|data| data["shift"].to_string()).collect();
    assert_eq!((left.len(), shifts.len()), (SHIFTS, SHIFTS));
}

#[test]
fn what_is_over_a_limit_is_refused_with_its_reason_and_nothing_else_of_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let toml = format!("{GRANTED}[limits]\nstate_bytes = \"1MiB\"\n[[subscription]]\nname = \"on-hoard\"\n[subscription.retry]\nattempts = 1\n");
    let host = host_with(folder.path(), "hoards", &toml);
    let ask = |id: &str, key: usize, value: usize| event(id, EVENT, id, &json!({ "key": key, "value": value }));
    let wrong = [("key", 1_025, 1, "a key of 1025 bytes"), ("value", 1, (900 << 10) + 1, "a value of 921601 bytes")];
    for (id, key, value, _) in wrong {
        host.publish(&[ask(id, key, value)]).unwrap();
    }
    host.publish(&[ask("fits", 1, 900 << 10)]).unwrap();
    host.until_settled().unwrap();
    host.publish(&[ask("quota", 2, 900 << 10)]).unwrap();
    host.until_settled().unwrap();
    let dead = host.get("/v1/dead").unwrap();
    let of = |id: &str| dead["items"].as_array().unwrap().iter().find(|letter| letter["event"]["id"] == id).unwrap_or_else(|| panic!("{dead}"));
    for (id, what) in wrong.iter().map(|(id, _, _, what)| (*id, *what)).chain([("quota", "over the limit of 1048576")]) {
        let letter = of(id);
        assert!(letter["settlement"] == "over-limit" && letter["reason"].as_str().unwrap().contains(what), "{letter}");
    }
    assert_eq!(dead["items"].as_array().unwrap().len(), 3);
}
