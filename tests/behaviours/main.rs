//! What a handler does, and what becomes of its delivery; and the commands that show it.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod commands;
mod costs;
mod logs;
mod order;
mod parking;
mod rebuild;
mod shop;
mod state;
mod storms;

use oyez_tests::{Running, component, event, oyez};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

const EVENT: &str = "test.event.v1";
const ECHOED: &str = "test.echoed.v1";

/// A host with one of the tests' guests in its folder, loaded.
fn host_with(folder: &Path, guest: &str, settings: &str) -> Running {
    fs::create_dir(folder.join("plugins")).unwrap();
    fs::write(folder.join(format!("plugins/{guest}.wasm")), component(&format!("guests/{guest}"))).unwrap();
    fs::write(folder.join(format!("plugins/{guest}.toml")), settings).unwrap();
    let host = Running::start(folder).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    let plugins = host.get("/v1/plugins").unwrap();
    assert_eq!(plugins["items"][0]["state"], "running", "{plugins}");
    host
}

/// What a command prints, which is to do what it is asked.
fn ask(host: &Running, args: &[&str]) -> String {
    let output = Command::new(oyez()).args(args).args(["--url", &host.url]).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn twice(subscription: &str) -> String {
    format!(
        "[[subscription]]\nname = \"{subscription}\"\n[subscription.retry]\nattempts = 2\ndelay = \"5ms\"\n[limits]\ncpu = \"100ms\"\ntime = \"1s\"\n"
    )
}

#[test]
fn each_way_to_fail_is_a_dead_letter_with_its_settlement_attempts_and_reason() {
    for (guest, subscription, settlement, attempts, reason) in [
        ("reject", "on-reject", "rejected", 1, ""),
        ("trap", "on-trap", "trapped", 2, ""),
        ("exits", "on-exit", "trapped", 2, "exit"),
        ("spin_forever", "on-spin", "over-limit", 2, "cpu"),
        ("emits_too_many", "on-too-many", "over-limit", 2, "emissions"),
        ("emits_giant", "on-giant", "over-limit", 2, ""),
        ("emits_invalid", "on-invalid", "rejected", 1, "emission 1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut host = host_with(folder.path(), guest, &twice(subscription));
        host.publish(&[event("1", EVENT, "s", &json!({}))]).unwrap();
        host.until_settled().unwrap();
        let dead = host.get("/v1/dead").unwrap();
        let letter = &dead["items"][0];
        assert_eq!((&letter["settlement"], &letter["attempts"]), (&json!(settlement), &json!(attempts)), "{guest}: {dead}");
        let told = letter["reason"].as_str().unwrap();
        assert!(!told.is_empty() && told.contains(reason), "{guest}: {told}");
        assert_eq!(letter["event"]["id"], "1", "{guest}");
        assert_eq!(host.events().unwrap().len(), 1, "{guest}: something was emitted all the same");
        host.terminate().unwrap();
    }
}

#[test]
fn what_is_tried_again_completes_at_last_and_says_how_often() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "retry_twice_then_complete", "");
    let sequence = host.publish(&[event("1", EVENT, "s", &json!({}))]).unwrap()[0]["sequence"].clone();
    host.until_settled().unwrap();
    let trace = host.get(&format!("/v1/events/{sequence}/trace")).unwrap();
    let delivery = &trace["deliveries"][0];
    let settlements: Vec<_> = delivery["attempts"].as_array().unwrap().iter().map(|a| (a["attempt"].as_u64(), a["settlement"].as_str())).collect();
    assert_eq!(settlements, [(Some(1), Some("retry")), (Some(2), Some("retry")), (Some(3), Some("completed"))]);
    assert_eq!(delivery["emissions"][0]["event"]["data"]["attempt"], 3);
    assert_eq!(delivery["state"], "settled");
    host.terminate().unwrap();
}

#[test]
fn a_sleep_costs_no_time_and_output_hurts_nobody() {
    for (guest, emitted) in [("sleeps_an_hour", 1), ("prints", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let host = host_with(folder.path(), guest, "");
        host.publish(&[event("1", EVENT, "s", &json!({}))]).unwrap();
        host.until_settled().unwrap();
        assert!(host.get("/v1/dead").unwrap()["items"].as_array().unwrap().is_empty(), "{guest}");
        assert_eq!(host.events().unwrap().len(), 1 + emitted, "{guest}");
    }
}

#[test]
fn a_paused_plugin_takes_and_runs_nothing_until_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    fs::write(folder.path().join("plugins/echo.wasm"), component("guests/echo")).unwrap();
    fs::write(folder.path().join("plugins/echo.toml"), "paused = true\n").unwrap();
    let host = Running::start(folder.path()).unwrap();
    host.until_plugin("echo", |plugin| plugin.is_some_and(|p| p["state"] == "paused")).unwrap();
    host.publish(&[event("1", EVENT, "s", &json!({}))]).unwrap();
    oyez_tests::until("the event to be taken", || Ok(host.count("echo/on-echo", "pending")? == 1)).unwrap();
    fs::write(folder.path().join("plugins/echo.toml"), "paused = false\n").unwrap();
    host.until_plugin("echo", |plugin| plugin.is_some_and(|p| p["state"] == "running")).unwrap();
    host.until_settled().unwrap();
    assert_eq!(host.count("echo/on-echo", "settled").unwrap(), 1);
}

fn of_type<'a>(events: &'a [Value], ty: &str) -> Vec<&'a Value> {
    events.iter().map(|item| &item["event"]).filter(|event| event["type"] == ty).collect()
}
