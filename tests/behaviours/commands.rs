//! The commands against a running host, as a person and as a machine would use them.

use super::{EVENT, ask, host_with, twice};
use oyez_tests::{Running, event, oyez};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

fn ask_json(host: &Running, args: &[&str]) -> Value {
    serde_json::from_str(&ask(host, &[args, &["--json"]].concat())).unwrap()
}

#[test]
fn an_event_is_emitted_tailed_and_traced_and_its_dead_letter_looked_at_redriven_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with(folder.path(), "trap", &twice("on-trap"));
    let receipt = ask_json(&host, &["emit", EVENT, "-d", r#"{"a": 1}"#, "--subject", "s p", "--id", "x1", "--ext", "tenant=blau"]);
    assert_eq!(receipt["duplicate"], false);
    let sequence = receipt["sequence"].to_string();
    assert!(ask(&host, &["emit", EVENT, "-d", r#"{"a":1}"#, "--subject", "s p", "--id", "x1"]).starts_with(&format!("duplicate of {sequence}")));
    let listed = ask_json(&host, &["tail"]);
    assert_eq!((&listed["event"]["subject"], &listed["event"]["tenant"]), (&"s p".into(), &"blau".into()));
    host.until_settled().unwrap();

    for named in [sequence.as_str(), "x1"] {
        let drawn = ask(&host, &["trace", named]);
        assert!(drawn.contains("└─ trap/on-trap: dead") && drawn.contains("attempt 2: trapped"), "{drawn}");
    }
    assert!(ask(&host, &["plugins"]).contains("trap  running"));
    assert!(ask(&host, &["plugins", "show", "trap"]).contains("pure"));
    let dead = ask_json(&host, &["dead", "list"]);
    let id = dead["items"][0]["id"].as_str().unwrap();
    let shown = ask(&host, &["dead", "show", id]);
    assert!(shown.contains("trapped") && shown.lines().any(|line| line.starts_with("log ") && line.contains("this guest traps")), "{shown}");
    for (filter, n) in [
        (&["--key", "s p", "--error", "trapped"][..], 1),
        (&["--since", "2020-01-01T00:00:00Z", "--error", "unreachable"], 1),
        (&["--key", "other"], 0),
        (&["--until", "2020-01-01T00:00:00Z"], 0),
        (&["--error", "timed-out"], 0),
    ] {
        let found = ask_json(&host, &[&["dead", "list"], filter].concat());
        assert_eq!(found["items"].as_array().unwrap().len(), n, "{filter:?}: {dead}");
    }
    assert_eq!(host.post("/v1/dead/redrive", &json!({ "since": "yesterday" })).unwrap(), 400);
    assert_eq!(ask_json(&host, &["dead", "redrive", "--subscription", "trap"])["redriven"], 1);
    host.until_settled().unwrap();
    let trace = ask_json(&host, &["trace", &sequence]);
    let rounds: Vec<_> =
        trace["deliveries"][0]["attempts"].as_array().unwrap().iter().map(|a| (a["round"].as_u64(), a["attempt"].as_u64())).collect();
    assert_eq!(rounds, [(0, 1), (0, 2), (1, 1), (1, 2)].map(|(round, attempt)| (Some(round), Some(attempt))));
    assert_eq!(ask_json(&host, &["dead", "drop", "--all"])["dropped"], 1);
    assert!(ask(&host, &["dead", "list"]).contains("no dead letters"));
    assert_eq!(host.count("trap/on-trap", "settled").unwrap(), 1);
}

#[test]
fn a_file_of_events_is_published_line_by_line_and_a_bad_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let host = Running::start(folder.path()).unwrap();
    let line = |i: usize| format!("{{\"specversion\":\"1.0\",\"id\":\"{i}\",\"source\":\"/f\",\"type\":\"t\"}}\n");
    let lines: String = (0..1_200).map(line).collect();
    let file = folder.path().join("events.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let file = file.to_str().unwrap();
    assert!(ask(&host, &["emit", "--file", file]).contains("accepted 1200, duplicates 0"));
    assert!(ask(&host, &["emit", "--file", file]).contains("accepted 0, duplicates 1200"));
    let mut child =
        Command::new(oyez()).args(["emit", "--file", "-", "--url", &host.url]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let bad = format!("{}this is no event\n", line(5_000));
    child.stdin.take().unwrap().write_all(bad.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && stderr.contains("error[malformed-json]: line 2: ") && stderr.contains("accepted before it: 1"),
        "{stderr}"
    );
}

#[test]
fn following_hears_what_comes_and_ends_quietly_when_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let host = Running::start(folder.path()).unwrap();
    ask(&host, &["emit", "a.v1", "--id", "before"]);
    let mut tail = Command::new(oyez()).args(["tail", "-f", "--json", "--type", "a.v1", "--url", &host.url]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["event"]["id"], "before");
    ask(&host, &["emit", "b.v1", "--id", "of-another-type"]);
    ask(&host, &["emit", "a.v1", "--id", "after"]);
    assert_eq!(next()["event"]["id"], "after");
    drop(lines);
    ask(&host, &["emit", "a.v1", "--id", "unheard"]);
    assert_eq!(tail.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_not_built_yet_says_so_and_wrong_usage_is_told_apart() {
    let run = |args: &[&str]| {
        let output = Command::new(oyez()).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for args in [&["explain", "x.json"][..], &["plugins", "approve", "x"], &["graph"], &["doctor"]] {
        let (exit, stderr) = run(args);
        assert!(exit == Some(1) && stderr.contains("error[not-yet]"), "{args:?}: {stderr}");
    }
    for args in [&["emti"][..], &["emit"], &["dead", "redrive"], &["run", "--port", "1"], &["help", "no-such-code"]] {
        assert_eq!(run(args).0, Some(2), "{args:?}");
    }
    assert!(run(&["emti"]).1.contains("did you mean `emit`?"));
    for command in ["run", "emit", "tail", "trace", "plugins", "dead", "help"] {
        let output = Command::new(oyez()).args([command, "--help"]).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("Example: oyez"), "{command}");
    }
}

#[test]
fn a_plugin_paused_by_hand_stays_so_over_a_restart_and_goes_on_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "echo", "");
    assert!(ask(&host, &["plugins", "pause", "echo"]).contains("echo is paused"));
    host.publish(&[event("1", EVENT, "s", &json!({}))]).unwrap();
    host.kill().unwrap();
    let host = Running::start(folder.path()).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    assert_eq!(host.get("/v1/plugins/echo").unwrap()["state"], "paused");
    oyez_tests::until("the event to be taken", || Ok(host.count("echo/on-echo", "pending")? == 1)).unwrap();
    assert!(ask(&host, &["plugins", "resume", "echo"]).contains("echo is running"));
    host.until_settled().unwrap();
    assert_eq!(host.count("echo/on-echo", "settled").unwrap(), 1);
    // Whatever is asked, the file holds; and a slip is told.
    fs::write(folder.path().join("plugins/echo.toml"), "paused = true\n").unwrap();
    host.until_plugin("echo", |plugin| plugin.is_some_and(|p| p["state"] == "paused")).unwrap();
    assert_eq!(host.post("/v1/plugins/echo/resume", &json!({})).unwrap(), 409);
    assert_eq!(host.post("/v1/plugins/nobody/pause", &json!({})).unwrap(), 404);
    assert_eq!(host.post("/v1/plugins/echo/pouse", &json!({})).unwrap(), 404);
    assert_eq!(host.post("/v1/plugins/echo/approve", &json!({})).unwrap(), 501);
}
