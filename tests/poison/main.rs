//! An event that ends the whole process, by a handler that runs inside of it: it is found out, and everything else is settled.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_tests::{Running, Starting, event, oyez, until};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const EVENTS: usize = 300;
/// As the host's subscriptions have it.
const ATTEMPTS: usize = 3;

fn start(folder: &Path) -> Option<Running> {
    let host = oyez().with_file_name("oyez-bomb-host");
    // It may die before it listens: the bomb is taken up at once.
    Starting::spawn(Command::new(host).arg(folder), folder).and_then(Starting::listening).ok()
}

/// Everything is settled or dead; not so if the host is gone meanwhile.
fn is_through(host: &Running) -> bool {
    let settled = |subscription: &str, n: u64| host.count(subscription, "settled").is_ok_and(|count| count == n);
    settled("calm/on-event", EVENTS as u64 + 1)
        && settled("fragile/on-event", EVENTS as u64)
        && host.count("fragile/on-event", "dead").is_ok_and(|n| n == 1)
}

#[test]
fn an_event_that_kills_the_process_is_a_dead_letter_after_its_attempts_and_all_else_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let host = start(folder.path()).unwrap();
    let mut events: Vec<Value> = (0..EVENTS).map(|i| event(&i.to_string(), "plain.v1", &format!("k-{i}"), &json!({}))).collect();
    events.insert(EVENTS / 2, event("the bomb", "bomb.v1", "boom", &json!({})));
    host.publish(&events).unwrap();
    until("the host's death", || Ok(host.get("/livez").is_err())).unwrap();
    drop(host);
    let mut deaths = 1;
    let host = loop {
        if let Some(host) = start(folder.path()) {
            until("the end of all deliveries, or of the host", || Ok(is_through(&host) || host.get("/livez").is_err())).unwrap();
            if is_through(&host) {
                break host;
            }
        }
        deaths += 1;
        assert!(deaths <= ATTEMPTS, "the bomb is not found out");
    };
    assert_eq!(deaths, ATTEMPTS);
    let dead = host.get("/v1/dead").unwrap();
    let letter = &dead["items"][0];
    assert_eq!((&letter["event"]["id"], &letter["attempts"]), (&"the bomb".into(), &ATTEMPTS.into()));
    assert!(letter["reason"].as_str().unwrap().starts_with("host-crash: "), "{letter}");
}
