//! Real input: GitHub's 329 example webhooks, in each of the three modes of the HTTP binding.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_event::Event;
use oyez_event::http::{BATCH, encode_batch, encode_binary, encode_structured};
use oyez_tests::Running;
use serde_json::Value;

const WEBHOOKS: usize = 329;

/// The file is not ours to keep: npm fetches it.
fn index() -> Option<String> {
    let path = std::env::var_os("OYEZ_WEBHOOKS");
    if path.is_none() {
        println!("OYEZ_WEBHOOKS names no index of webhooks: nothing is tested here; `cargo xtask test` fetches it");
    }
    path.map(|path| std::fs::read_to_string(path).unwrap())
}

fn post(url: &str, headers: &http::HeaderMap, body: Vec<u8>) -> Vec<Value> {
    let mut request = ureq::post(url);
    for (name, value) in headers {
        request = request.header(name.as_str(), value.as_bytes());
    }
    let mut response = request.send(body).unwrap();
    assert_eq!(response.status(), 202);
    match response.body_mut().read_json().unwrap() {
        Value::Array(receipts) => receipts,
        receipt => vec![receipt],
    }
}

fn send(url: &str, mode: &str, events: &[Event]) -> Vec<Value> {
    let one = |encode: fn(&Event) -> (http::HeaderMap, Vec<u8>)| {
        let send = |event| {
            let (headers, body) = encode(event);
            post(url, &headers, body)
        };
        events.iter().flat_map(send).collect()
    };
    match mode {
        "binary" => one(encode_binary),
        "structured" => one(encode_structured),
        _ => {
            let (headers, body) = encode_batch(events);
            assert_eq!(headers["content-type"], BATCH);
            post(url, &headers, body)
        }
    }
}

#[test]
fn all_webhooks_are_accepted_read_back_equal_and_known_the_second_time() {
    let Some(index) = index() else { return };
    let events: Vec<Event> = github_webhooks::events(&index).unwrap().into_iter().map(|event| Event::try_from(event).unwrap()).collect();
    assert_eq!(events.len(), WEBHOOKS);
    for mode in ["binary", "structured", "batch"] {
        let folder = tempfile::tempdir().unwrap();
        let mut host = Running::start(folder.path()).unwrap();
        let first = send(&host.url, mode, &events);
        assert_eq!((first.len(), first.iter().filter(|receipt| receipt["duplicate"] == false).count()), (WEBHOOKS, WEBHOOKS), "{mode}");
        for (receipt, event) in first.iter().zip(&events) {
            let url = format!("{}/v1/events/{}", host.url, receipt["sequence"]);
            let body = ureq::get(url).call().unwrap().body_mut().read_to_vec().unwrap();
            assert_eq!(Event::from_json(&body).unwrap(), *event, "{mode}");
        }
        let second = send(&host.url, mode, &events);
        for (before, after) in first.iter().zip(&second) {
            assert_eq!((&after["duplicate"], &after["sequence"]), (&Value::Bool(true), &before["sequence"]), "{mode}");
        }
        assert_eq!(second.len(), WEBHOOKS);
        host.terminate().unwrap();
        println!("{mode}: {} accepted, {} read back equal, {} duplicates the second time", first.len(), events.len(), second.len());
    }
}
