//! Order within a key, epochs, and what a subscription that was away finds.

use super::{ECHOED, EVENT, host_with, of_type};
use oyez_tests::{Running, component, event};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;

const EVENTS: usize = 400;
const KEYS: usize = 7;

#[test]
fn emissions_of_a_key_stand_in_the_order_of_their_causes() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "echo", "");
    let events: Vec<Value> = (0..EVENTS).map(|i| event(&i.to_string(), EVENT, &format!("k-{}", i % KEYS), &json!({ "i": i }))).collect();
    events.chunks(40).for_each(|batch| drop(host.publish(batch).unwrap()));
    host.until_settled().unwrap();
    let mut last: HashMap<String, usize> = HashMap::new();
    let all = host.events().unwrap();
    let echoes = of_type(&all, ECHOED);
    assert_eq!(echoes.len(), EVENTS);
    for echo in echoes {
        let i: usize = echo["causationid"].as_str().unwrap().parse().unwrap();
        let key = format!("k-{}", i % KEYS);
        assert!(last.insert(key, i).is_none_or(|before| before < i), "{i} came after a later one of its key");
    }
}

#[test]
fn a_change_of_filters_holds_for_what_comes_after_it_and_for_nothing_before() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "echo", "");
    let file = folder.path().join("plugins/echo.toml");
    let publish = |id: &str, ty: &str| drop(host.publish(&[event(id, ty, "s", &json!({}))]).unwrap());
    publish("1", EVENT);
    publish("2", "other.v1");
    let epoch = |host: &Running| host.subscriptions().unwrap()["echo/on-echo"]["epoch"].as_u64().unwrap();
    let before = epoch(&host);
    fs::write(&file, "[[subscription]]\nname = \"on-echo\"\nfilters = [{ exact = { type = \"other.v1\" } }]\n").unwrap();
    oyez_tests::until("the new epoch", || Ok(epoch(&host) != before)).unwrap();
    publish("3", EVENT);
    publish("4", "other.v1");
    host.until_settled().unwrap();
    let all = host.events().unwrap();
    let causes: Vec<_> = of_type(&all, ECHOED).iter().map(|echo| echo["causationid"].as_str().unwrap()).collect();
    assert_eq!(causes, ["1", "4"]);
}

#[test]
fn a_subscription_that_was_away_catches_up_from_the_log_also_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "echo", "");
    let file = folder.path().join("plugins/echo.wasm");
    let publish = |host: &Running, from: usize| {
        let events: Vec<Value> = (from..from + 100).map(|i| event(&i.to_string(), EVENT, "s", &json!({}))).collect();
        host.publish(&events).unwrap();
    };
    publish(&host, 0);
    host.until_settled().unwrap();
    fs::remove_file(&file).unwrap();
    host.until_plugin("echo", |plugin| plugin.is_none_or(|p| p["state"] == "failed")).unwrap();
    publish(&host, 100);
    host.terminate().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    publish(&host, 200);
    assert_eq!(host.count("echo/on-echo", "settled").unwrap(), 100);
    fs::write(&file, component("guests/echo")).unwrap();
    host.until_plugin("echo", |plugin| plugin.is_some_and(|p| p["state"] == "running")).unwrap();
    host.until_settled().unwrap();
    assert_eq!(host.count("echo/on-echo", "settled").unwrap(), 300);
    assert_eq!(of_type(&host.events().unwrap(), ECHOED).len(), 300);
    host.terminate().unwrap();
}

#[test]
fn one_that_returns_with_on_return_new_passes_over_what_it_missed() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "echo", "[[subscription]]\nname = \"on-echo\"\non_return = \"new\"\n");
    let file = folder.path().join("plugins/echo.wasm");
    fs::remove_file(&file).unwrap();
    host.until_plugin("echo", |plugin| plugin.is_none_or(|p| p["state"] == "failed")).unwrap();
    host.publish(&[event("missed", EVENT, "s", &json!({}))]).unwrap();
    fs::write(&file, component("guests/echo")).unwrap();
    host.until_plugin("echo", |plugin| plugin.is_some_and(|p| p["state"] == "running")).unwrap();
    host.publish(&[event("heard", EVENT, "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    let all = host.events().unwrap();
    let causes: Vec<_> = of_type(&all, ECHOED).iter().map(|echo| echo["causationid"].as_str().unwrap()).collect();
    assert_eq!(causes, ["heard"]);
}
