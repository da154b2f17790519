//! Files in the folder that are no plugins, or settings that are wrong: each listed with a code, and what runs goes on.

use oyez_tests::{Running, component, event, until};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

fn plugin(host: &Running, name: &str) -> Option<Value> {
    let plugins = host.get("/v1/plugins").unwrap();
    plugins["items"].as_array().unwrap().iter().find(|plugin| plugin["name"] == name).cloned()
}

fn refused(host: &Running, name: &str, code: &str) {
    let says = |plugin: &Value| plugin["reason"].as_str().is_some_and(|reason| reason.starts_with(&format!("{code}: ")));
    until(&format!("`{name}` to be refused as {code}"), || Ok(plugin(host, name).as_ref().is_some_and(says)))
        .unwrap_or_else(|error| panic!("{error}: {:?}", plugin(host, name)));
    let page = Command::new(oyez_tests::oyez()).args(["help", code]).output().unwrap();
    assert!(page.status.success(), "`oyez help {code}` explains nothing");
}

#[test]
fn what_is_no_plugin_is_refused_with_its_code_and_hurts_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let echo = component("guests/echo");
    fs::write(plugins.join("good.wasm"), &echo).unwrap();
    fs::write(plugins.join("garbage.wasm"), b"this is no Wasm, whatever it is called").unwrap();
    fs::write(plugins.join("module.wasm"), b"\0asm\x01\0\0\0").unwrap();
    fs::write(plugins.join("truncated.wasm"), &echo[..echo.len() / 2]).unwrap();
    fs::write(plugins.join("bad name.wasm"), &echo).unwrap();
    fs::write(plugins.join("traps.wasm"), component("guests/describe_traps")).unwrap();
    fs::write(plugins.join("sql.wasm"), component("guests/describe_needs_sql")).unwrap();
    fs::write(plugins.join("keyvalue.wasm"), component("guests/counts")).unwrap();
    fs::write(plugins.join("alone.toml"), "paused = false\n").unwrap();
    fs::write(plugins.join("twin.wasm"), &echo).unwrap();
    fs::write(plugins.join("twin.toml"), "name = \"good\"\n").unwrap();
    fs::write(plugins.join(".hidden.wasm"), b"x").unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    for (name, code) in [
        ("garbage", "not-wasm"),
        ("module", "core-module"),
        ("truncated", "truncated"),
        ("bad name", "invalid-name"),
        ("traps", "describe-failed"),
        ("sql", "not-yet"),
        ("keyvalue", "missing-grant"),
        ("alone", "missing-component"),
        ("good", "name-collision"),
    ] {
        refused(&host, name, code);
    }
    assert_eq!(plugin(&host, "good").unwrap()["state"], "running");
    assert!(plugin(&host, ".hidden").is_none());
    host.publish(&[event("1", "test.event.v1", "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    assert_eq!(host.count("good/on-echo", "settled").unwrap(), 1);
    host.terminate().unwrap();
}

#[test]
fn what_runs_goes_on_when_what_comes_does_not_load() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    let file = |name: &str| folder.path().join("plugins").join(name);
    fs::write(file("echo.wasm"), component("guests/echo")).unwrap();
    host.until_plugin("echo", |plugin| plugin.is_some_and(|p| p["state"] == "running")).unwrap();
    let version = plugin(&host, "echo").unwrap()["version"].clone();
    let mut published = 0;
    let mut still_works = |host: &Running| {
        published += 1;
        host.publish(&[event(&published.to_string(), "test.event.v1", "s", &json!({}))]).unwrap();
        host.until_settled().unwrap();
        assert_eq!(host.count("echo/on-echo", "settled").unwrap(), published);
        let plugin = plugin(host, "echo").unwrap();
        assert_eq!((&plugin["state"], &plugin["version"]), (&json!("running"), &version));
    };
    still_works(&host);
    fs::write(file("echo.toml"), "[limits]\nmemmory = \"1MiB\"\n").unwrap();
    refused(&host, "echo", "unknown-key");
    still_works(&host);
    fs::write(file("echo.toml"), "instance = \"reuse\"\n").unwrap();
    refused(&host, "echo", "not-yet");
    still_works(&host);
    fs::remove_file(file("echo.toml")).unwrap();
    fs::write(file("echo.wasm"), &component("guests/echo")[..1_000]).unwrap();
    refused(&host, "echo", "truncated");
    still_works(&host);
    host.terminate().unwrap();
}

#[test]
fn an_enemys_folder_is_listed_with_its_reasons_and_nothing_outside_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir_all(plugins.join("1/2/3/4/5/6/7/8/9")).unwrap();
    fs::write(plugins.join("good.wasm"), component("guests/echo")).unwrap();
    fs::write(folder.path().join("secret"), component("guests/echo")).unwrap();
    symlink("../secret", plugins.join("out.wasm")).unwrap();
    symlink("good.wasm", plugins.join("in.wasm")).unwrap();
    symlink("/", plugins.join("everything")).unwrap();
    symlink("nowhere", plugins.join("broken.wasm")).unwrap();
    for pipe in ["pipe.wasm", "settings.toml"] {
        assert!(Command::new("mkfifo").arg(plugins.join(pipe)).status().unwrap().success());
    }
    fs::File::create(plugins.join("giant.wasm")).unwrap().set_len(1 << 40).unwrap();
    fs::write(plugins.join("a\x1b[2J\nb.wasm"), "x").unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    for (name, code) in [
        ("out", "link-out-of-folder"),
        ("everything", "link-out-of-folder"),
        ("broken", "broken-link"),
        ("pipe", "not-a-file"),
        ("settings", "not-a-file"),
        ("giant", "too-large"),
        ("1/2/3/4/5/6/7/8/9", "folder-too-deep"),
        ("a\\u{1b}[2J\\nb", "invalid-name"),
    ] {
        refused(&host, name, code);
    }
    let listed = Command::new(oyez_tests::oyez()).args(["plugins", "list", "--url", &host.url]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(!listed.contains(|c: char| c.is_control() && c != '\n') && listed.contains("link-out-of-folder"), "{listed:?}");
    host.publish(&[event("1", "test.event.v1", "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    assert_eq!((host.count("good/on-echo", "settled").unwrap(), host.count("in/on-echo", "settled").unwrap()), (1, 1));
    host.terminate().unwrap();
}

#[test]
fn where_signatures_are_asked_for_only_what_a_listed_key_signed_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("plugins")).unwrap();
    let sign = |args: &[&str]| Command::new(oyez_tests::oyez()).arg("sign").args(args).current_dir(folder.path()).output().unwrap();
    let key = String::from_utf8(sign(&["--new-key", "release.key"]).stdout).unwrap();
    assert_eq!(fs::metadata(path("release.key")).unwrap().permissions().mode() & 0o777, 0o600);
    let said = String::from_utf8(sign(&["--new-key", "release.key"]).stderr).unwrap();
    assert!(said.starts_with("error[key-exists]"), "{said}");
    fs::write(path("oyez.toml"), format!("[plugins]\nrequire_signature = [\"{}\"]\n", key.trim())).unwrap();
    fs::write(path("plugins/echo.wasm"), component("guests/echo")).unwrap();
    let mut host = Running::start_with(folder.path(), &["--listen", "127.0.0.1:0"], &[]).unwrap();
    refused(&host, "echo", "not-signed");
    let signed = sign(&["plugins/echo.wasm", "--key", "release.key"]);
    assert!(signed.status.success(), "{signed:?}");
    host.until_plugin("echo", |plugin| plugin.is_some_and(|plugin| plugin["state"] == "running")).unwrap();
    // Who writes the folder gives a plugin nothing, and what runs goes on.
    fs::write(path("plugins/echo.toml"), "[grants]\nstate = true\n").unwrap();
    refused(&host, "echo", "signature-does-not-hold");
    assert_eq!(plugin(&host, "echo").unwrap()["grants"], json!([]));
    host.publish(&[event("1", "test.event.v1", "s", &json!({}))]).unwrap();
    host.until_settled().unwrap();
    assert_eq!(host.count("echo/on-echo", "settled").unwrap(), 1);
    let mode = |mode| fs::set_permissions(path("release.key"), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let said = String::from_utf8(sign(&["plugins/echo.toml", "--key", "release.key"]).stderr).unwrap();
    assert!(said.starts_with("error[key-too-open]"), "{said}");
    mode(0o600);
    assert!(sign(&["plugins/echo.toml", "--key", "release.key"]).status.success());
    host.until_plugin("echo", |plugin| plugin.is_some_and(|plugin| plugin["grants"] == json!(["state = true"]))).unwrap();
    host.terminate().unwrap();
}
