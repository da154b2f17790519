//! Bad events at the HTTP door, and a binary that is started wrongly.

use oyez_tests::{Running, event, oyez};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

const JSON: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// What it is, its headers, its body, and the status that it gets.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, Vec<u8>, u16);

fn post(host: &Running, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    let mut request = ureq::post(&host.url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.config().http_status_as_error(false).build().send(body).unwrap();
    if response.status() != 202 {
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

#[test]
fn each_bad_event_has_its_status_and_code_and_nothing_of_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let host = Running::start(folder.path()).unwrap();
    let good = |id: &str| event(id, "a.b.v1", "s", &json!({ "n": 1 }));
    let bytes = |value: &Value| serde_json::to_vec(value).unwrap();
    host.publish(&[good("known")]).unwrap();
    let without_id = json!({ "specversion": "1.0", "source": "/s", "type": "t" });
    let large = event("large", "a.b.v1", "s", &json!("x".repeat(901 << 10)));
    let many: Vec<Value> = (0..501).map(|i| good(&format!("m{i}"))).collect();
    let mut reused = good("known");
    reused["data"] = json!({ "n": 2 });
    let mut reserved = good("mine");
    reserved["source"] = json!("/plugins/email");
    let cases: Vec<Case<'_>> = vec![
        ("no JSON", vec![("content-type", JSON)], b"{".to_vec(), 400),
        ("no id", vec![("content-type", JSON)], bytes(&without_id), 400),
        ("a batch of which one is bad", vec![("content-type", BATCH)], bytes(&json!([good("with-a-bad-one"), without_id])), 400),
        ("no media type that is known", vec![("content-type", "application/cloudevents+avro")], b"x".to_vec(), 415),
        ("no event at all", vec![("content-type", "application/json")], b"{}".to_vec(), 415),
        ("a binary one without a type", vec![("ce-id", "1"), ("ce-source", "/s"), ("ce-specversion", "1.0")], b"".to_vec(), 400),
        ("an event too large", vec![("content-type", JSON)], bytes(&large), 413),
        ("a batch too long", vec![("content-type", BATCH)], bytes(&json!(many)), 413),
        ("a body too large", vec![("content-type", BATCH)], vec![b' '; (16 << 20) + 1], 413),
        ("an id used again for another fact", vec![("content-type", JSON)], bytes(&reused), 409),
        ("a history that has gone on", vec![("content-type", JSON), ("oyez-expected-sequence", "0")], bytes(&good("late")), 409),
        ("no sequence", vec![("content-type", JSON), ("oyez-expected-sequence", "first")], bytes(&good("late")), 400),
        ("an expectation of a batch", vec![("content-type", BATCH), ("oyez-expected-sequence", "1")], bytes(&json!([good("late")])), 400),
        ("a source of the plugins", vec![("content-type", JSON)], bytes(&reserved), 403),
        ("a page of another site", vec![("content-type", JSON), ("origin", "https://evil.example")], bytes(&good("evil")), 403),
        ("another host's name", vec![("content-type", JSON), ("host", "evil.example")], bytes(&good("evil")), 403),
    ];
    for (what, headers, body, status) in cases {
        let (found, problem) = post(&host, &headers, &body);
        assert_eq!(found, status, "{what}: {problem}");
        let (code, detail) = (problem["code"].as_str().unwrap(), problem["detail"].as_str().unwrap());
        assert!(!detail.is_empty() && problem["status"] == status, "{what}: {problem}");
        let page = Command::new(oyez()).args(["help", code]).output().unwrap();
        assert!(page.status.success() && !page.stdout.is_empty(), "{what}: `oyez help {code}` explains nothing");
    }
    assert_eq!(host.events().unwrap().len(), 1, "something of what was refused is in the log");
    let again = host.publish(&[good("known")]).unwrap();
    assert_eq!(again[0]["duplicate"], true);
}

#[test]
fn queries_with_wrong_parameters_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let host = Running::start(folder.path()).unwrap();
    for (path, status, code) in [
        ("/v1/events?tpye=a", 400, "invalid-parameter"),
        ("/v1/events?limit=0", 400, "invalid-parameter"),
        ("/v1/events?from=yesterday", 400, "invalid-parameter"),
        ("/v1/events/7", 404, "no-such-event"),
        ("/v1/events/x/trace", 400, "invalid-parameter"),
        ("/v1/plugins/nobody", 404, "no-such-plugin"),
        ("/v1/dead/1-2", 404, "not-dead"),
        ("/v2", 404, "no-such-call"),
    ] {
        let mut response = ureq::get(format!("{}{path}", host.url)).config().http_status_as_error(false).build().call().unwrap();
        let problem: Value = response.body_mut().read_json().unwrap();
        assert_eq!((response.status().as_u16(), problem["code"].as_str()), (status, Some(code)), "{path}");
    }
}

fn fails(folder: &Path, args: &[&str], code: &str, exit: i32) -> String {
    let output = Command::new(oyez()).args(args).current_dir(folder).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{args:?}: {stderr}");
    assert!(stderr.contains(&format!("error[{code}]: ")), "{args:?}: {stderr}");
    let page = Command::new(oyez()).args(["help", code]).output().unwrap();
    assert!(page.status.success(), "`oyez help {code}` explains nothing");
    stderr
}

#[test]
fn a_binary_that_is_started_wrongly_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    let address = host.url.strip_prefix("http://").unwrap().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    let in_use = fails(elsewhere.path(), &["run", "--listen", &address], "port-in-use", 1);
    assert!(in_use.contains(&address), "{in_use}");
    assert!(!elsewhere.path().join("oyez-data").exists(), "a host that did not start left something behind");
    fails(folder.path(), &["run", "--listen", "127.0.0.1:0"], "data-dir-in-use", 1);
    host.publish(&[event("still-there", "a.b.v1", "s", &json!(1))]).unwrap();
    host.terminate().unwrap();

    fs::write(folder.path().join("oyez-data/FORMAT"), "oyez-data 99\n").unwrap();
    let newer = fails(folder.path(), &["run", "--listen", "127.0.0.1:0"], "data-dir-newer", 1);
    assert!(newer.contains("99"), "{newer}");
    fs::write(folder.path().join("oyez-data/FORMAT"), "oyez-data 1\n").unwrap();
    let host = Running::start(folder.path()).unwrap();
    assert_eq!(host.events().unwrap().len(), 1);

    fs::write(elsewhere.path().join("oyez.toml"), "[server]\nlisten_on = \"x\"\n").unwrap();
    let unknown = fails(elsewhere.path(), &["run"], "unknown-key", 1);
    assert!(unknown.contains("listen_on") && unknown.contains("`listen`"), "{unknown}");
    let nowhere = fails(elsewhere.path(), &["tail", "--url", "http://127.0.0.1:1"], "host-unreachable", 1);
    assert!(nowhere.contains("127.0.0.1:1"), "{nowhere}");
    assert_eq!(Command::new(oyez()).arg("nonsense").output().unwrap().status.code(), Some(2));
}
