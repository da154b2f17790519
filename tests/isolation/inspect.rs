//! What `oyez inspect` says of a file, without a host.

use oyez_tests::{component, oyez};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(oyez()).arg("inspect").args(args).current_dir(folder).output().unwrap()
}

/// What machines are told, and the error beside it, if there is one.
fn inspect(folder: &Path, file: &str) -> (Value, String) {
    let output = run(folder, &[file, "--json"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), error.is_empty(), "{error}");
    (serde_json::from_slice(&output.stdout).unwrap(), error)
}

fn import<'a>(seen: &'a Value, name: &str) -> &'a Value {
    let found = seen["imports"].as_array().unwrap().iter().find(|import| import["name"].as_str().unwrap().starts_with(name));
    found.unwrap_or_else(|| panic!("{name}: {seen}"))
}

#[test]
fn a_plugin_is_told_by_its_shape_its_words_its_cost_and_its_limits() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("plugins/shop")).unwrap();
    let wasm = component("shop-payment");
    fs::write(folder.path().join("plugins/shop/pay.wasm"), &wasm).unwrap();
    let (seen, _) = inspect(folder.path(), "plugins/shop/pay.wasm");
    assert_eq!((&seen["bytes"], &seen["shape"], &seen["pure"]), (&json!(wasm.len()), &json!("oyez:plugin"), &json!(true)));
    assert_eq!((&seen["plugin"], &seen["refused"], &seen["settings"]), (&json!("shop/pay"), &Value::Null, &Value::Null));
    assert_eq!(seen["describe"]["subscriptions"][0]["filters"], json!([{ "exact": { "type": "shop.order.placed.v1" } }]));
    assert_eq!(seen["describe"]["emits"][0], "shop.payment.completed.v1");
    assert_eq!(import(&seen, "wasi:cli/environment")["line"], "environment = [\"NAME\"]");
    for cost in ["compileNanos", "codeBytes", "memoryBytes", "instanceNanos", "describeNanos"] {
        assert!(seen["cost"][cost].as_u64().unwrap() > 0, "{cost}: {seen}");
    }
    assert_eq!(seen["limits"]["cpu"], json!({ "value": "1s", "from": "default" }));
    assert!(seen["bounds"].as_array().unwrap().iter().any(|bound| bound["name"] == "resources" && bound["most"] == 1_000));
    let text = String::from_utf8(run(folder.path(), &["plugins/shop/pay.wasm"]).stdout).unwrap();
    for part in ["pure     yes", "subscription on-order", "machine code", "fixed, of a component", "budget.memory"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_limit_is_told_with_what_decided_it_and_a_grant_with_what_took_it_away() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("counts.wasm"), component("guests/counts")).unwrap();
    let (seen, error) = inspect(folder.path(), "counts.wasm");
    assert!(error.starts_with("error[missing-grant]: ") && error.contains("add `state = true` under [grants]"), "{error}");
    assert_eq!((&import(&seen, "wasi:keyvalue/")["granted"], &seen["pure"]), (&json!(false), &json!(false)));
    assert_eq!(seen["describe"]["subscriptions"][0]["name"], "on-count", "what can be said all the same is said");

    fs::write(folder.path().join("counts.toml"), "[grants]\nstate = true\nclock = \"real\"\n[limits]\ncpu = \"50ms\"\nmemory = \"32MiB\"\n").unwrap();
    fs::write(
        folder.path().join("oyez.toml"),
        "[budget]\nmemory = \"1GiB\"\n[[plugins.policy]]\nmatch = \"*\"\ngrants = { state = true }\nlimits = { memory = \"16MiB\" }\n",
    )
    .unwrap();
    let (seen, _) = inspect(folder.path(), "counts.wasm");
    assert_eq!((&import(&seen, "wasi:keyvalue/")["granted"], &seen["refused"]), (&json!(true), &Value::Null));
    assert_eq!(seen["limits"]["cpu"], json!({ "value": "50ms", "from": "its .toml" }));
    assert_eq!(seen["limits"]["memory"], json!({ "value": "16MiB", "from": "policy *" }));
    assert_eq!((&seen["grants"], &seen["refusedGrants"]), (&json!(["state = true"]), &json!(["clock = \"real\" (policy *)"])));
    assert_eq!(seen["budget"]["budget.memory"], json!({ "value": 1 << 30, "from": "oyez.toml:2" }));

    fs::write(folder.path().join("counts.toml"), "[grant]\nstate = true\n").unwrap();
    let (seen, error) = inspect(folder.path(), "counts.wasm");
    assert!(error.starts_with("error[unknown-key]: ") && error.contains("counts.toml: line 1"), "{error}");
    assert_eq!(seen["shape"], "oyez:plugin");
}

#[test]
fn a_file_that_is_refused_has_the_reason_of_a_load_and_what_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let whole = component("guests/echo");
    let files: [(&str, &[u8], &str, &str); 5] = [
        ("text.wasm", b"hello", "not-wasm", "unknown"),
        ("module.wasm", b"\0asm\x01\0\0\0", "core-module", "core-module"),
        ("half.wasm", &whole[..whole.len() / 2], "truncated", "unknown"),
        ("empty.wasm", b"\0asm\x0d\0\x01\0", "no-handler", "other"),
        ("traps.wasm", &component("guests/describe_traps"), "describe-failed", "oyez:plugin"),
    ];
    for (name, bytes, code, shape) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
        let (seen, error) = inspect(folder.path(), name);
        assert!(error.starts_with(&format!("error[{code}]: ")), "{error}");
        assert_eq!((&seen["refused"]["code"], &seen["shape"], &seen["bytes"]), (&json!(code), &json!(shape), &json!(bytes.len())), "{name}");
        assert_eq!(seen["version"].as_str().unwrap().len(), 64);
    }
    let missing = run(folder.path(), &["missing.wasm"]);
    assert!(missing.stdout.is_empty() && String::from_utf8(missing.stderr).unwrap().starts_with("error[unreadable]: "));
}
