//! Each grant: refused without, working with, cut by a policy.

use oyez_tests::{Running, Server, Starting, component, event, oyez};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

const SUBSCRIPTION: &str = "[subscription.retry]\nattempts = 1\n";

/// A host with one guest, these lines in its `.toml`, and these settings of the host.
fn host(folder: &Path, guest: &str, toml: &str, settings: &str) -> Running {
    fs::create_dir_all(folder.join("plugins")).unwrap();
    fs::create_dir_all(folder.join("secrets")).unwrap();
    fs::write(folder.join("secrets/live"), "sk_live_hunter2\n").unwrap();
    fs::write(folder.join("oyez.toml"), format!("[plugins]\nsecrets_dir = \"secrets\"\n{settings}")).unwrap();
    fs::write(folder.join("plugins/guest.wasm"), component(&format!("guests/{guest}"))).unwrap();
    fs::write(folder.join("plugins/guest.toml"), toml).unwrap();
    let mut command = Command::new(oyez());
    command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(folder).env("GREETING", "hear ye").env("OTHER", "nobody's");
    let host = Starting::spawn(&mut command, folder).unwrap().listening().unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    host
}

/// What the guest says of an event, or the reason of its dead letter.
fn told(host: &mut Running, data: &Value) -> Value {
    host.publish(&[event("1", "test.event.v1", "s", data)]).unwrap();
    host.until_settled().unwrap();
    let dead = host.get("/v1/dead").unwrap();
    if let Some(letter) = dead["items"].get(0) {
        return json!({ "settlement": letter["settlement"], "reason": letter["reason"] });
    }
    let events = host.events().unwrap();
    let echoed = events.iter().find(|item| item["event"]["type"] == "test.echoed.v1").unwrap_or_else(|| panic!("{events:?}"));
    let mut told = echoed["event"]["data"].clone();
    told["source"] = echoed["event"]["source"].clone();
    told
}

/// The same in a folder of its own.
fn ask(guest: &str, toml: &str, settings: &str, data: &Value) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host(folder.path(), guest, toml, settings);
    let told = told(&mut host, data);
    host.terminate().unwrap();
    told
}

/// The `.toml` of the guest that looks around.
fn looking(grants: &str) -> String {
    format!(
        "[[subscription]]\nname = \"on-look\"\n{SUBSCRIPTION}[grants]\n{grants}\n[config]\nsetting = \"set\"\n[secrets]\nstripe = {{ file = \"live\" }}\n"
    )
}

#[test]
fn nothing_is_there_that_was_not_granted() {
    let told = ask("looks_around", &looking(""), "", &json!({ "sleep_millis": 3_600_000 }));
    assert_eq!((&told["variables"], &told["setting"], &told["secret"]), (&json!([]), &json!("set"), &Value::Null));
    assert!(told["sleptMillis"].as_u64().unwrap() >= 3_600_000, "{told}");
    assert_eq!((&told["files"], told["sockets"].is_string(), &told["source"]), (&json!(false), true, &json!("/plugins/guest")));
}

#[test]
fn a_variable_is_found_where_it_is_granted_and_no_other() {
    let grants = looking("environment = [\"GREETING\", \"MISSING\"]");
    assert_eq!(ask("looks_around", &grants, "", &json!({}))["variables"], json!([["GREETING", "hear ye"]]));
    let policy = "[[plugins.policy]]\nmatch = \"gue*\"\ngrants = { environment = [\"OTHER\"] }\n";
    assert_eq!(ask("looks_around", &grants, policy, &json!({}))["variables"], json!([]));
}

#[test]
fn a_secret_is_read_where_it_is_granted_and_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = host(folder.path(), "looks_around", &looking("secrets = [\"stripe\"]"), "");
    assert_eq!(told(&mut running, &json!({}))["secret"], "sk_live_hunter2");
    let shown = running.get("/v1/plugins/guest").unwrap();
    assert_eq!(shown["grants"], json!(["secrets = [\"stripe\"]"]));
    assert!(!shown.to_string().contains("hunter2"));
    running.terminate().unwrap();
    assert!(!fs::read_to_string(folder.path().join("log")).unwrap().contains("hunter2"));
    let policy = "[[plugins.policy]]\nmatch = \"*\"\ngrants = { state = true }\n";
    assert_eq!(ask("looks_around", &looking("secrets = [\"stripe\"]"), policy, &json!({}))["secret"], Value::Null);
}

#[test]
fn another_source_is_taken_where_it_is_granted() {
    let wanted = json!({ "source": "/shop/orders" });
    let refused = ask("looks_around", &looking(""), "", &wanted);
    assert_eq!(refused["settlement"], "rejected");
    assert!(refused["reason"].as_str().unwrap().contains("add `sources = [\"/shop/orders\"]` under [grants]"), "{refused}");
    let granted = looking("sources = [\"/shop/orders\"]");
    assert_eq!(ask("looks_around", &granted, "", &wanted)["source"], "/shop/orders");
    let policy = "[[plugins.policy]]\nmatch = \"guest\"\ngrants = {}\n";
    assert_eq!(ask("looks_around", &granted, policy, &wanted)["settlement"], "rejected");
}

#[test]
fn the_real_clock_and_real_randomness_are_the_hosts_where_they_are_granted() {
    let wanted = json!({ "sleep_millis": 20 });
    let granted = looking("clock = \"real\"\nrandom = \"real\"");
    let policy = "[[plugins.policy]]\nmatch = \"guest\"\ngrants = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let mut running = host(folder.path(), "looks_around", &granted, "");
    assert_eq!(running.get("/v1/plugins/guest").unwrap()["pure"], false);
    let first = told(&mut running, &wanted);
    running.terminate().unwrap();
    let slept = first["sleptMillis"].as_u64().unwrap();
    assert!((20..5_000).contains(&slept), "{first}");
    let second = ask("looks_around", &granted, "", &wanted);
    assert_ne!(first["random"], second["random"]);
    // By the delivery's clock a sleep is as long as it was asked to be, to the microsecond.
    assert_eq!(ask("looks_around", &granted, policy, &wanted)["sleptMillis"], 20);
}

#[test]
fn state_and_http_are_refused_at_load_with_the_line_that_grants_them() {
    for (guest, line) in [("counts", "add `state = true` under [grants]"), ("calls", "add `http = [\"HOST:PORT\"]` under [grants]")] {
        for (toml, settings) in [("", ""), ("[grants]\nstate = true\nhttp = []\n", "[[plugins.policy]]\nmatch = \"*\"\ngrants = {}\n")] {
            let folder = tempfile::tempdir().unwrap();
            let mut host = host(folder.path(), guest, toml, settings);
            let shown = host.get("/v1/plugins/guest").unwrap();
            assert_eq!(shown["state"], "failed");
            let reason = shown["reason"].as_str().unwrap();
            assert!(reason.starts_with("missing-grant: ") && reason.contains(line), "{reason}");
            host.terminate().unwrap();
        }
    }
    assert_eq!(ask("counts", "[grants]\nstate = true\n", "", &json!({}))["count"], 1);
}

/// The answers to calls, with these servers granted.
fn call(granted: &str, settings: &str, wanted: &Value) -> Value {
    let toml = format!("[[subscription]]\nname = \"on-call\"\n{SUBSCRIPTION}[grants]\nhttp = [{granted}]\n[limits]\ntime = \"3s\"\n");
    ask("calls", &toml, settings, wanted)
}

#[test]
fn a_server_is_reached_where_it_is_granted_and_no_other() {
    let (server, other) = (Server::start(), Server::start());
    let both = json!({ "urls": [server.url("/ok"), other.url("/ok")] });
    let told = call(&format!("\"{}\"", server.authority()), "", &both);
    assert_eq!((&told["answers"][0]["status"], &told["answers"][0]["text"]), (&json!(200), &json!("hear ye")));
    assert_eq!(told["answers"][1]["error"], "ErrorCode::HttpRequestDenied");
    assert_eq!((server.requests(), other.requests()), (1, 0));
    let none = call("", "", &both);
    assert_eq!((&none["answers"][0]["error"], server.requests()), (&json!("ErrorCode::HttpRequestDenied"), 1));
    let policy = format!("[[plugins.policy]]\nmatch = \"guest\"\ngrants = {{ http = [\"{}\"] }}\n", other.authority());
    let cut = call(&format!("\"{}\", \"{}\"", server.authority(), other.authority()), &policy, &both);
    assert_eq!((&cut["answers"][0]["error"], &cut["answers"][1]["status"]), (&json!("ErrorCode::HttpRequestDenied"), &json!(200)));
}

#[test]
fn a_redirect_to_a_server_that_is_not_granted_leads_nowhere() {
    let (server, forbidden) = (Server::start(), Server::start());
    let wanted = json!({ "urls": [server.url(&format!("/to/{}", forbidden.url("/ok")))], "follow": true });
    let told = call(&format!("\"{}\"", server.authority()), "", &wanted);
    assert_eq!((&told["answers"][0]["error"], server.requests(), forbidden.requests()), (&json!("ErrorCode::HttpRequestDenied"), 1, 0));
    let cloud = json!({ "urls": ["http://169.254.169.254/latest/meta-data", "http://user@127.0.0.1:1/", "http://[::1]:1/"] });
    let told = call(&format!("\"{}\"", server.authority()), "", &cloud);
    assert!(told["answers"].as_array().unwrap().iter().all(|answer| answer["error"].is_string()), "{told}");
}

#[test]
fn a_server_that_never_answers_takes_the_attempts_time_and_no_more() {
    let server = Server::start();
    let told = call(&format!("\"{}\"", server.authority()), "", &json!({ "urls": [server.url("/never")] }));
    assert_eq!(told["settlement"], "timed-out");
}

#[test]
fn too_many_calls_and_too_many_bytes_are_over_limit() {
    let server = Server::start();
    let calls = json!({ "urls": vec![server.url("/ok"); 33] });
    let told = call(&format!("\"{}\"", server.authority()), "", &calls);
    assert_eq!((&told["settlement"], server.requests()), (&json!("over-limit"), 32));
    assert!(told["reason"].as_str().unwrap().contains("`http_requests`"), "{told}");
    // Most handlers trap where they get no answer: the limit is why, all the same.
    let insists = json!({ "urls": vec![server.url("/ok"); 33], "insist": true });
    let told = call(&format!("\"{}\"", server.authority()), "", &insists);
    let reason = told["reason"].as_str().unwrap();
    assert!(told["settlement"] == "over-limit" && reason.contains("`http_requests`") && reason.contains("no answer"), "{told}");
    let told = call(&format!("\"{}\"", server.authority()), "", &json!({ "urls": [server.url("/flood")] }));
    assert_eq!(told["settlement"], "over-limit");
    assert!(told["reason"].as_str().unwrap().contains("`http_bytes`"), "{told}");
    let policy = "[[plugins.policy]]\nmatch = \"*\"\nlimits = { http_bytes = \"10KiB\" }\n";
    let told = call(&format!("\"{}\"", server.authority()), policy, &json!({ "urls": [server.url("/ok")], "body": 20_000 }));
    assert_eq!(told["settlement"], "over-limit");
}
