//! A host whose log was harmed while it was down: it starts read-only with the place, and serves what is whole.

use oyez_tests::{Running, component, event};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

const EVENTS: u64 = 300;
const PLACES: u64 = 12;

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder.join("oyez-data/log")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A data directory with some hundred events in it, each settled.
fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    fs::write(folder.path().join("plugins/echo.wasm"), component("guests/echo")).unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    for i in 0..EVENTS {
        host.publish(&[event(&i.to_string(), "test.event.v1", "s", &json!({ "i": i }))]).unwrap();
    }
    host.until_settled().unwrap();
    host.terminate().unwrap();
    folder
}

#[test]
fn damage_starts_the_host_read_only_with_its_place_and_the_rest_is_served() {
    let folder = made();
    let segment = segments(folder.path()).remove(0);
    let whole = fs::read(&segment).unwrap();
    let written = whole.iter().rposition(|byte| *byte != 0).unwrap();
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..PLACES {
        let mut harmed = whole.clone();
        harmed[random.usize(64..written)] ^= 1 << random.u8(0..8);
        fs::write(&segment, &harmed).unwrap();
        let mut host = Running::start(folder.path()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let damage = host.until_ready().unwrap();
        let events = host.events().unwrap();
        if damage.is_none() {
            // The bit lies in room that nobody uses.
            assert!(events.len() as u64 >= 2 * EVENTS, "seed {seed}");
        } else {
            assert!(damage.as_ref().is_some_and(|damage| damage.contains("0000000001.seg at byte")), "seed {seed}: {damage:?}");
            assert!(events.len() as u64 >= 2 * EVENTS - 60, "seed {seed}: only {} events are served", events.len());
            let refused = ureq::post(&host.url).content_type("application/cloudevents+json").config().http_status_as_error(false).build();
            let refused = refused.send(event("new", "test.event.v1", "s", &json!({})).to_string()).unwrap();
            assert_eq!(refused.status(), 503, "seed {seed}");
        }
        host.terminate().unwrap();
        assert!(damage.is_none() || fs::read(&segment).unwrap() == harmed, "seed {seed}: a damaged log was changed");
    }
}

#[test]
fn a_log_that_ends_before_what_the_views_have_seen_is_damaged() {
    let folder = made();
    let segment = segments(folder.path()).remove(0);
    let whole = fs::read(&segment).unwrap();
    let written = whole.iter().rposition(|byte| *byte != 0).unwrap();
    fs::write(&segment, &whole[..written / 2]).unwrap();
    let host = Running::start(folder.path()).unwrap();
    let ready = ureq::get(format!("{}/readyz", host.url)).config().http_status_as_error(false).build().call().unwrap();
    assert_eq!(ready.status(), 503);
    assert!(!host.events().unwrap().is_empty());
}
