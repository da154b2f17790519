//! Kills, and what they leave: every event that a producer holds a receipt for is settled once by each subscription, and every emission
//! is in the log once.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod damage;

use oyez_tests::{Result, Running, component, event};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;
const EVENTS: usize = 10_000;
const PRODUCERS: usize = 4;
const BATCH: usize = 25;
const PLUGINS: [&str; 2] = ["first", "second"];

fn prepare(folder: &Path) {
    fs::create_dir(folder.join("plugins")).unwrap();
    for name in PLUGINS {
        fs::write(folder.join(format!("plugins/{name}.wasm")), component("guests/echo")).unwrap();
        fs::write(folder.join(format!("plugins/{name}.toml")), "[[subscription]]\nname = \"on-echo\"\nstart = \"beginning\"\n").unwrap();
    }
}

fn id(round: usize, i: usize) -> String {
    format!("{round}-{i}")
}

/// Publishes a producer's share of a round until the host dies, or all of it is accepted. Gives back how many were.
fn produce(host: &Running, round: usize, producer: usize, accepted: &AtomicUsize) -> usize {
    let share: Vec<Value> =
        (producer..EVENTS).step_by(PRODUCERS).map(|i| event(&id(round, i), "test.event.v1", &format!("s-{}", i % 50), &json!({ "i": i }))).collect();
    let mut done = 0;
    for batch in share.chunks(BATCH) {
        if host.publish(batch).is_err() {
            break;
        }
        done += batch.len();
        accepted.fetch_add(batch.len(), Ordering::Relaxed);
    }
    done
}

/// Lets events flow, and kills the host in the midst of them. Gives back the ids that were accepted.
fn round(host: &mut Running, round: usize, random: &mut fastrand::Rng) -> HashSet<String> {
    let accepted = AtomicUsize::new(0);
    let kill_at = random.usize(1..EVENTS);
    let late = Duration::from_micros(random.u64(0..20_000));
    let done: Vec<usize> = std::thread::scope(|scope| {
        let shared = &*host;
        let accepted = &accepted;
        let producers: Vec<_> = (0..PRODUCERS).map(|producer| scope.spawn(move || produce(shared, round, producer, accepted))).collect();
        while accepted.load(Ordering::Relaxed) < kill_at {
            std::thread::park_timeout(Duration::from_micros(200));
        }
        let until = Instant::now() + late;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        shared.kill_from_afar();
        producers.into_iter().map(|producer| producer.join().unwrap()).collect()
    });
    host.kill().unwrap();
    let ids = |(producer, done): (usize, usize)| (producer..EVENTS).step_by(PRODUCERS).take(done).map(move |i| id(round, i));
    done.into_iter().enumerate().flat_map(ids).collect()
}

/// What is wrong with the log of a host that has come to rest, if anything.
fn fault(host: &Running, accepted: &HashSet<String>) -> Result<Option<String>> {
    if let Some(damage) = host.until_ready()? {
        return Ok(Some(damage));
    }
    host.until_settled()?;
    let (mut ids, mut emissions) = (HashMap::<String, usize>::new(), HashMap::<(String, String), usize>::new());
    for item in host.events()? {
        let event = &item["event"];
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        if event["type"] == "test.event.v1" {
            *ids.entry(text("id")).or_default() += 1;
        } else {
            *emissions.entry((text("source"), text("causationid"))).or_default() += 1;
        }
    }
    if let Some(lost) = accepted.iter().find(|id| !ids.contains_key(*id)) {
        return Ok(Some(format!("`{lost}` was accepted, and is not in the log")));
    }
    if let Some((id, n)) = ids.iter().find(|(_, n)| **n != 1) {
        return Ok(Some(format!("`{id}` is in the log {n} times")));
    }
    for plugin in PLUGINS {
        for id in ids.keys() {
            let n = emissions.get(&(format!("/plugins/{plugin}"), id.clone())).copied().unwrap_or(0);
            if n != 1 {
                return Ok(Some(format!("`{id}` led to {n} emissions of {plugin}")));
            }
        }
        let settled = host.count(&format!("{plugin}/on-echo"), "settled")?;
        if settled != ids.len() as u64 {
            return Ok(Some(format!("{plugin} has settled {settled} of {} events", ids.len())));
        }
    }
    Ok(None)
}

/// Rounds of kills; gives back the first fault, if any.
fn rounds(rounds: usize, folder: &Path, start: impl Fn() -> Result<Running>) -> Result<Option<String>> {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    prepare(folder);
    let mut accepted = HashSet::new();
    for i in 0..rounds {
        let mut host = start()?;
        accepted.extend(round(&mut host, i, &mut random));
    }
    let host = start()?;
    assert!(accepted.len() > rounds * 100, "hardly anything flowed: {} events, seed {seed}", accepted.len());
    Ok(fault(&host, &accepted)?.map(|fault| format!("{fault} (seed {seed})")))
}

fn test_host(folder: &Path, layer: &str) -> Result<Running> {
    Running::spawn(Command::new(env!("CARGO_BIN_EXE_oyez-test-host")).arg(folder).arg(layer), folder)
}

#[test]
fn what_was_accepted_is_settled_once_through_twenty_kills() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(rounds(ROUNDS, folder.path(), || Running::start(folder.path())).unwrap(), None);
}

#[test]
fn what_was_accepted_is_settled_once_where_nothing_unsynced_outlives_the_kill() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(rounds(ROUNDS, folder.path(), || test_host(folder.path(), "withholding")).unwrap(), None);
}

#[test]
fn with_the_sync_taken_out_the_same_test_fails() {
    let folder = tempfile::tempdir().unwrap();
    let fault = rounds(3, folder.path(), || test_host(folder.path(), "forgetful")).unwrap();
    assert!(fault.as_ref().is_some_and(|fault| fault.contains("is not in the log") || fault.contains("the log ends before")), "{fault:?}");
}
