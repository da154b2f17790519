//! `oyez config`, and settings that change under a running host.

use crate::{FREE, address, command, done, raw, refused};
use oyez_tests::{Running, until};
use serde_json::Value;
use std::fs;

#[test]
fn config_show_says_each_key_its_value_and_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("oyez.toml"), "[server]\nhosts = ['a.example']\n[budget]\ndepth = 7\n").unwrap();
    let environment = [("OYEZ_LOG__HOLD", "36h")];
    let text = done(folder.path(), &["config", "show", "--listen", "127.0.0.1:0"], &environment);
    let line = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(line("server.hosts"), ["server.hosts", "[\"a.example\"]", "oyez.toml:2"]);
    assert_eq!(line("budget.depth"), ["budget.depth", "7", "oyez.toml:4"]);
    assert_eq!(line("log.hold"), ["log.hold", "\"36h\"", "OYEZ_LOG__HOLD"]);
    assert_eq!(line("server.listen"), ["server.listen", "\"127.0.0.1:0\"", "--listen"]);
    assert_eq!(line("auth.token_file"), ["auth.token_file", "-", "default"]);
    let json: Value = serde_json::from_str(&done(folder.path(), &["config", "--json"], &environment)).unwrap();
    let items = json["items"].as_array().unwrap();
    let depth = items.iter().find(|item| item["key"] == "budget.depth").unwrap();
    assert!(items.len() >= 15 && depth["value"] == 7 && depth["from"] == "oyez.toml:4", "{json}");
}

#[test]
fn config_validate_says_all_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(done(path, &["config", "validate"], &[]).contains("nothing wrong"));
    let bad = "[server]\nlisten = '0.0.0.0:1'\nlisten_on = 'x'\n[log]\nhold = 'long'\n[server.tls]\ncert = 'c.pem'\nkey = 'k.pem'\n";
    fs::write(path.join("bad.toml"), bad).unwrap();
    let told = refused(path, &["config", "validate", "bad.toml"], &[], "unknown-key");
    for (code, place) in
        [("unknown-key", "bad.toml line 3"), ("invalid-setting", "bad.toml line 5"), ("token-needed", "0.0.0.0:1"), ("tls-unusable", "c.pem")]
    {
        assert!(told.lines().any(|line| line.starts_with(&format!("error[{code}]: ")) && line.contains(place)), "{code}: {told}");
    }
    let output = command(path, &["config", "validate", "bad.toml", "--json"], &[]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && json["valid"] == false && json["problems"].as_array().unwrap().len() == 4, "{json}");
    refused(path, &["config", "validate", "nowhere.toml"], &[], "settings-unreadable");
    fs::write(path.join("good.toml"), "[budget]\ndepth = 3\n").unwrap();
    assert!(done(path, &["config", "validate", "good.toml"], &[]).contains("good.toml"));
}

#[test]
fn a_running_host_takes_up_what_it_can_and_says_what_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("oyez.toml"), || fs::read_to_string(folder.path().join("log")).unwrap());
    let mut host = Running::start_with(folder.path(), &FREE, &[]).unwrap();
    let known = |name: &str| {
        raw(&address(&host), format!("GET /livez HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n").as_bytes()).starts_with("HTTP/1.1 200")
    };
    assert!(!known("a.example"));
    // A file that was not there at the start.
    fs::write(&file, "[server]\nhosts = ['a.example']\n[budget]\ndepth = 3\n").unwrap();
    until("the new name", || Ok(known("a.example"))).unwrap();
    let line = log().lines().find(|line| line.contains("needs a restart")).map(str::to_owned).unwrap_or_default();
    assert!(line.contains("budget.depth") && !line.contains("server.hosts"), "{}", log());
    fs::write(&file, "[server]\nhosts = [").unwrap();
    until("the bad file to be told", || Ok(log().contains("invalid-toml"))).unwrap();
    assert!(known("a.example"));
    fs::write(&file, "[server]\nhosts = ['b.example']\n").unwrap();
    host.signal("HUP").unwrap();
    until("the other name", || Ok(known("b.example"))).unwrap();
    assert!(!known("a.example"));
    host.terminate().unwrap();
}
