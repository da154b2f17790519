//! A hundred plugins in one host, three of them greedy or broken: the others notice nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod compile;
mod determinism;
mod grants;
mod inspect;
mod languages;

use oyez_tests::{Running, component, event};
use serde_json::{Value, json};
use std::fs;

const PLUGINS: usize = 100;
const EVENTS: u64 = 200;
const WITH_TWO_ATTEMPTS: &str = "[subscription.retry]\nattempts = 2\ndelay = \"10ms\"\n";

#[test]
fn a_spinner_a_trapper_and_an_allocator_hurt_nobody_but_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let bad = [("spin_forever", "on-spin", "over-limit"), ("trap", "on-trap", "trapped"), ("allocate_forever", "on-allocate", "over-limit trapped")];
    for (guest, subscription, _) in bad {
        fs::write(plugins.join(format!("{guest}.wasm")), component(&format!("guests/{guest}"))).unwrap();
        let limits = "[limits]\ncpu = \"50ms\"\n";
        fs::write(plugins.join(format!("{guest}.toml")), format!("[[subscription]]\nname = \"{subscription}\"\n{WITH_TWO_ATTEMPTS}{limits}"))
            .unwrap();
    }
    let echo = component("guests/echo");
    for i in bad.len()..PLUGINS {
        fs::write(plugins.join(format!("echo-{i}.wasm")), &echo).unwrap();
    }
    let mut host = Running::start(folder.path()).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    let plugins = host.get("/v1/plugins").unwrap();
    assert_eq!(plugins["items"].as_array().unwrap().iter().filter(|plugin| plugin["state"] == "running").count(), PLUGINS);

    let events: Vec<Value> = (0..EVENTS).map(|i| event(&format!("e-{i}"), "test.event.v1", &format!("s-{}", i % 10), &json!({ "i": i }))).collect();
    events.chunks(50).for_each(|batch| drop(host.publish(batch).unwrap()));
    let healthy = |name: &String| name.starts_with("echo-");
    oyez_tests::until("the healthy ones", || {
        let all = host.subscriptions()?;
        Ok(all.iter().filter(|(name, _)| healthy(name)).all(|(_, s)| s["counts"]["settled"] == EVENTS))
    })
    .unwrap();
    assert_eq!(host.subscriptions().unwrap().keys().filter(|name| healthy(name)).count(), PLUGINS - bad.len());

    host.until_settled().unwrap();
    for (guest, _, expected) in bad {
        let dead = host.get(&format!("/v1/dead?subscription={guest}&limit=1000")).unwrap();
        let dead = dead["items"].as_array().unwrap();
        assert_eq!(dead.len(), usize::try_from(EVENTS).unwrap(), "{guest}");
        for letter in dead {
            assert!(expected.contains(letter["settlement"].as_str().unwrap()), "{guest}: {letter}");
            assert!(!letter["reason"].as_str().unwrap().is_empty());
        }
    }
    let echoes = host.events().unwrap().iter().filter(|item| item["event"]["type"] == "test.echoed.v1").count();
    assert_eq!(echoes, (PLUGINS - bad.len()) * usize::try_from(EVENTS).unwrap());
    host.terminate().unwrap();
}
