//! `oyez run` and its folder: what is dropped there, replaced and taken away while events flow.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_tests::{Running, component, order, rebuilt, until};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const EVENTS: usize = 10_000;
const QUEUED: &str = "shop.email.queued.v1";

/// What a plain `cp` does: it opens the file in its place, and writes it piece by piece.
fn cp(bytes: &[u8], to: &Path) {
    use std::io::Write;
    let mut file = fs::File::create(to).unwrap();
    bytes.chunks(16 << 10).for_each(|piece| file.write_all(piece).unwrap());
}

#[test]
fn a_plugin_copied_into_an_empty_folder_handles_events_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let host = Running::start(folder.path()).unwrap();
    let component = component("shop-email");
    let begun = Instant::now();
    cp(&component, &folder.path().join("plugins/shop-email.wasm"));
    // What was published before the subscription began is not for it: so an event a moment, until one is handled.
    let mut i = 0;
    until("the first e-mail", || {
        i += 1;
        host.publish(&[order(i)])?;
        Ok(!host.get(&format!("/v1/events?type={QUEUED}"))?["items"].as_array().unwrap().is_empty())
    })
    .unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "it took {took:?}");
}

#[test]
fn replaced_removed_and_put_back_while_events_flow_each_is_settled_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    let (bytes, file) = (component("shop-email"), folder.path().join("plugins/shop-email.wasm"));
    let running = |plugin: Option<&Value>| plugin.is_some_and(|plugin| plugin["state"] == "running");
    cp(&bytes, &file);
    host.until_plugin("shop-email", running).unwrap();

    let versions = std::thread::scope(|scope| {
        let producer = scope.spawn(|| {
            let orders: Vec<Value> = (0..EVENTS).map(order).collect();
            for batch in orders.chunks(20) {
                host.publish(batch).unwrap();
            }
        });
        let mut build = 0;
        let mut versions = BTreeSet::new();
        while !producer.is_finished() || build < 4 {
            build += 1;
            let before = version(&host);
            cp(&rebuilt(bytes.clone(), build), &file);
            host.until_plugin("shop-email", |plugin| plugin.is_some_and(|p| p["version"].as_str() != before.as_deref())).unwrap();
            versions.extend(version(&host));
            fs::remove_file(&file).unwrap();
            host.until_plugin("shop-email", |plugin| plugin.is_none()).unwrap();
            cp(&bytes, &file);
            host.until_plugin("shop-email", running).unwrap();
            versions.extend(version(&host));
        }
        producer.join().unwrap();
        versions
    });
    assert!(versions.len() > 4, "{versions:?}");

    host.until_settled().unwrap();
    assert_eq!(host.count("shop-email/on-order", "settled").unwrap(), EVENTS as u64);
    assert_eq!(host.count("shop-email/on-order", "dead").unwrap(), 0);
    let mut emails: HashMap<String, usize> = HashMap::new();
    for item in host.events().unwrap().iter().filter(|item| item["event"]["type"] == QUEUED) {
        *emails.entry(item["event"]["causationid"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(emails.len(), EVENTS, "an order without an e-mail");
    assert!(emails.values().all(|n| *n == 1), "an order with two e-mails");
    host.terminate().unwrap();
}

fn version(host: &Running) -> Option<String> {
    let plugins = host.get("/v1/plugins").unwrap();
    plugins["items"][0]["version"].as_str().map(str::to_owned)
}
