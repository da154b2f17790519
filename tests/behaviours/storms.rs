//! Causation trees that grow past their budget: contained, listed, released, dropped, while everybody else goes on.

use super::{EVENT, ask, host_with};
use oyez_tests::{Running, component, event};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A host with these guests, where one fact may set so much in motion.
fn host(folder: &Path, budget: &str, guests: &[(&str, &str)]) -> Running {
    fs::write(folder.join("oyez.toml"), format!("[budget]\n{budget}\n")).unwrap();
    fs::create_dir(folder.join("plugins")).unwrap();
    for (name, guest) in guests {
        fs::write(folder.join(format!("plugins/{name}.wasm")), component(&format!("guests/{guest}"))).unwrap();
    }
    let host = Running::start(folder).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    host
}

fn parked(host: &Running) -> Vec<Value> {
    host.get("/v1/parked?limit=1000").unwrap()["items"].as_array().unwrap().clone()
}

#[test]
fn two_that_answer_each_other_for_ever_are_contained_named_released_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host(folder.path(), "depth = 20", &[("ping", "ping"), ("pong", "pong"), ("echo", "echo")]);
    let root = host.publish(&[event("root", EVENT, "s", &json!({}))]).unwrap()[0]["sequence"].clone();
    let others: Vec<_> = (0..100).map(|i| event(&i.to_string(), "test.other.v1", "s", &json!({}))).collect();
    host.publish(&others).unwrap();
    host.until_settled().unwrap();
    // Ping, pong, ... 21 deep: what stands 20 deep is delivered, and what that emits is not.
    assert_eq!(host.events().unwrap().iter().filter(|e| e["event"]["correlationid"] == "root").count(), 22);
    assert_eq!(host.count("echo/on-echo", "settled").unwrap(), 1);
    let held = parked(&host);
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!((&held[0]["subscription"], &held[0]["lane"]), (&json!("pong/on-pong"), &json!(format!("storm of {root}"))));
    assert_eq!(held[0]["cycle"], json!(["ping", "pong"]));
    let listed = ask(&host, &["parked", "list"]);
    assert!(listed.contains("21 below its root, past the limit of 20") && listed.contains("ping -> pong -> ping"), "{listed}");

    // A restart changes nothing; each release is one more answer, and that is parked in turn.
    host.kill().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    host.until_settled().unwrap();
    for subscription in ["ping/on-again", "pong/on-pong"] {
        let before = parked(&host);
        assert_eq!(before.len(), 1, "{before:?}");
        ask(&host, &["parked", "release", before[0]["id"].as_str().unwrap()]);
        let changed = || Ok(parked(&host).first().is_some_and(|held| held["id"] != before[0]["id"]));
        oyez_tests::until("the answer to be parked", changed).unwrap();
        assert_eq!(parked(&host)[0]["subscription"], subscription);
    }
    // All of it is what is there: not what comes of that for ever.
    let before = parked(&host);
    assert_eq!(ask(&host, &["parked", "release", "--all"]), "1 released\n");
    oyez_tests::until("the answer to be parked", || Ok(parked(&host).first().is_some_and(|held| held["id"] != before[0]["id"]))).unwrap();
    ask(&host, &["parked", "drop", "--all"]);
    host.until_settled().unwrap();
    assert_eq!(parked(&host).len(), 0);
    assert_eq!(host.count("pong/on-pong", "parked").unwrap(), 0);
    let trace = ask(&host, &["trace", &root.to_string()]);
    assert!(trace.lines().count() >= 24, "{trace}");
    host.terminate().unwrap();
}

#[test]
fn a_tree_that_doubles_at_each_step_is_contained_at_its_total() {
    const TOTAL: u64 = 500;
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path(), &format!("total = {TOTAL}"), &[("a", "emits_itself"), ("b", "emits_itself")]);
    host.publish(&[event("root-1", EVENT, "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    let counted = |state| host.count("a/on-again", state).unwrap() + host.count("b/on-again", state).unwrap();
    // Everything within the total was delivered twice, and emitted; what came of that is parked, each with both.
    let delivered = 1 + TOTAL;
    assert_eq!((counted("settled"), counted("parked")), (2 * delivered, 2 * (2 * delivered - TOTAL)));
    assert_eq!(counted("dead"), 0);
    // The next fact has a budget of its own.
    host.publish(&[event("root-2", EVENT, "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    assert_eq!(counted("settled"), 2 * 2 * delivered);
}

#[test]
fn a_chain_goes_sixty_four_deep_and_knows_its_root() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "emits_itself", "");
    host.publish(&[event("root", EVENT, "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    let held = parked(&host);
    assert_eq!((held.len(), &held[0]["cycle"]), (1, &json!(["emits_itself"])));
    let events = host.events().unwrap();
    assert_eq!(events.len(), 66);
    for pair in events.windows(2) {
        assert_eq!(pair[1]["event"]["causationid"], pair[0]["event"]["id"]);
        assert_eq!(pair[1]["event"]["correlationid"], "root");
    }
    let all = host.get("/v1/events?correlation=root&limit=1000").unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 66);
    let trace = ask(&host, &["trace", "root", "--json"]);
    assert_eq!(trace.matches("\"sequence\"").count(), 66);
}
