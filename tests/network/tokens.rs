//! Tokens: who needs one, what each role allows, and that none is ever told.

use crate::{FREE, address, call, command, done, fact, outcome, raw, refused, token, with_tokens};
use oyez_tests::{Running, until};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;

#[test]
fn an_address_that_others_reach_needs_tokens_or_the_host_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let everywhere = ["run", "--listen", "0.0.0.0:0"];
    let why = refused(folder.path(), &everywhere, &[], "token-needed");
    assert!(why.contains("`oyez token new`") && why.contains("--insecure"), "{why}");
    assert!(!folder.path().join("oyez-data").exists(), "a host that did not start left something behind");

    let mut insecure = Running::start_with(folder.path(), &["--listen", "0.0.0.0:0", "--insecure"], &[]).unwrap();
    let url = format!("http://{}", address(&insecure));
    assert_eq!(outcome(&url, "GET", "/v1/plugins", None, &Value::Null).0, 200);
    insecure.terminate().unwrap();
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("no token is asked"), "{log}");

    with_tokens(folder.path());
    refused(folder.path(), &everywhere, &[], "token-file-unreadable");
    let secret = token(folder.path(), "all", &["--role", "read"]);
    let host = Running::start_with(folder.path(), &["--listen", "0.0.0.0:0"], &[]).unwrap();
    let url = format!("http://{}", address(&host));
    assert_eq!(outcome(&url, "GET", "/v1/plugins", None, &Value::Null), (401, "token-missing".into()));
    assert_eq!(outcome(&url, "GET", "/v1/plugins", Some(&secret), &Value::Null).0, 200);
    assert_eq!(outcome(&url, "GET", "/livez", None, &Value::Null).0, 200);
}

#[test]
fn each_role_allows_its_calls_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    with_tokens(folder.path());
    let publish = token(folder.path(), "p", &["--role", "publish"]);
    let read = token(folder.path(), "r", &["--role", "read"]);
    let operate = token(folder.path(), "o", &["--role", "operate"]);
    let host = Running::start_with(folder.path(), &FREE, &[]).unwrap();
    host.until_ready().unwrap();
    let all = json!({ "all": true });
    for (method, path, body, role, status) in [
        ("POST", "/v1/events", fact("1", "/a"), &publish, 202),
        ("GET", "/v1/events", Value::Null, &read, 200),
        ("GET", "/v1/events/1", Value::Null, &read, 200),
        ("GET", "/v1/events/1/trace", Value::Null, &read, 200),
        ("GET", "/v1/plugins", Value::Null, &read, 200),
        ("GET", "/v1/subscriptions", Value::Null, &read, 200),
        ("GET", "/v1/dead", Value::Null, &read, 200),
        ("GET", "/v1/parked", Value::Null, &read, 200),
        ("GET", "/metrics", Value::Null, &read, 200),
        ("GET", "/nothing", Value::Null, &read, 404),
        ("POST", "/v1/plugins/nobody/pause", Value::Null, &operate, 404),
        ("POST", "/v1/dead/redrive", all.clone(), &operate, 200),
        ("DELETE", "/v1/dead/1-1", Value::Null, &operate, 404),
        ("POST", "/v1/parked/release", all, &operate, 200),
        ("DELETE", "/v1/parked/1-1", Value::Null, &operate, 404),
        ("PUT", "/v1/events", Value::Null, &operate, 405),
    ] {
        for token in [&publish, &read, &operate] {
            let (found, code) = outcome(&host.url, method, path, Some(token), &body);
            let wanted = if token == role { (status, code.clone()) } else { (403, "role-missing".to_owned()) };
            assert_eq!((found, code), wanted, "{method} {path}");
        }
        assert_eq!(outcome(&host.url, method, path, None, &body), (401, "token-missing".into()), "{method} {path}");
        assert_eq!(outcome(&host.url, method, path, Some("oyez_guessed"), &body), (401, "token-unknown".into()), "{method} {path}");
    }
    for open in ["/livez", "/readyz"] {
        assert_eq!(outcome(&host.url, "GET", open, None, &Value::Null).0, 200, "{open}");
    }
    assert_eq!(outcome(&host.url, "GET", "/openapi.json", Some(&publish), &Value::Null).0, 200);
    let twice = format!(
        "GET /v1/plugins HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {read}\r\nauthorization: Bearer {read}\r\nconnection: close\r\n\r\n"
    );
    assert!(raw(&address(&host), twice.as_bytes()).starts_with("HTTP/1.1 401 "));
    let in_the_query = outcome(&host.url, "GET", &format!("/v1/plugins?access_token={read}"), None, &Value::Null);
    assert_eq!(in_the_query, (401, "token-missing".into()));

    let by_hand = [("OYEZ_URL", host.url.as_str()), ("OYEZ_TOKEN", read.as_str())];
    done(folder.path(), &["plugins"], &by_hand);
    refused(folder.path(), &["plugins", "pause", "nobody"], &by_hand, "role-missing");
    refused(folder.path(), &["plugins"], &by_hand[..1], "token-missing");
}

#[test]
fn a_token_file_is_read_again_when_it_changes_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    with_tokens(folder.path());
    let (first, file) = (token(folder.path(), "first", &["--role", "read"]), folder.path().join("tokens.toml"));
    let host = Running::start_with(folder.path(), &FREE, &[]).unwrap();
    let status = |token: &str| call(&host.url, "GET", "/v1/plugins", Some(token), &Value::Null).map(|(status, _)| status);
    let log = || fs::read_to_string(folder.path().join("log")).unwrap();
    let second = token(folder.path(), "second", &["--role", "read"]);
    until("the second token", || Ok(status(&second)? == 200)).unwrap();
    assert_eq!(status(&first).unwrap(), 200);

    let good = fs::read_to_string(&file).unwrap();
    for (bad, code) in [("[[token]]\nname = 'x'\n", "token-file-invalid"), ("", "token-file-invalid")] {
        let before = log().matches(code).count();
        fs::write(&file, bad).unwrap();
        until("the bad file to be told", || Ok(log().matches(code).count() > before)).unwrap();
        assert_eq!((status(&first).unwrap(), status(&second).unwrap()), (200, 200));
    }
    fs::write(&file, &good).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o620)).unwrap();
    until("the open file to be told", || Ok(log().contains("token-file-writable"))).unwrap();
    assert_eq!(status(&second).unwrap(), 200);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

    let request = ureq::get(format!("{}/v1/events", host.url)).header("accept", "text/event-stream");
    let stream = request.header("authorization", format!("Bearer {second}")).call().unwrap();
    let only_the_first = good.split("\n\n").next().unwrap();
    fs::write(&file, only_the_first).unwrap();
    // The stream of a token that is taken back ends, and so does this reading.
    assert_eq!(BufReader::new(stream.into_body().into_reader()).lines().map_while(Result::ok).filter(|line| line.starts_with("data")).count(), 0);
    assert_eq!((status(&first).unwrap(), status(&second).unwrap()), (200, 401));
}

#[test]
fn a_new_token_is_shown_once_and_its_file_is_its_owners() {
    let folder = tempfile::tempdir().unwrap();
    let secret = token(folder.path(), "shop", &["--role", "publish", "--namespace", "billing/eu"]);
    let file = folder.path().join("tokens.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(secret.starts_with("oyez_") && secret.lines().count() == 1 && !text.contains(&secret[5..]), "{text}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    refused(folder.path(), &["token", "new", "shop", "--role", "read", "--file", "tokens.toml"], &[], "token-exists");
    token(folder.path(), "other", &["--role", "read", "--role", "operate"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("roles = [\"read\", \"operate\"]") && text.contains("namespace = \"billing/eu\""), "{text}");
    let printed = done(folder.path(), &["token", "new", "third", "--role", "read"], &[]);
    assert!(printed.starts_with("oyez_") && printed.contains("[[token]]\nname = \"third\"\nsha256 = "), "{printed}");
    let json: Value = serde_json::from_str(&done(folder.path(), &["token", "new", "x", "--role", "read", "--json"], &[])).unwrap();
    assert!(json["token"].is_string() && json["entry"].as_str().unwrap().contains("sha256"), "{json}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    refused(folder.path(), &["token", "new", "late", "--role", "read", "--file", "tokens.toml"], &[], "token-file-writable");
    for wrong in [
        &["token", "new", "a"][..],
        &["token", "new", "a b", "--role", "read"],
        &["token", "new", "a", "--role", "root"],
        &["token", "new", "a", "--role", "read", "--namespace", "../x"],
    ] {
        assert_eq!(command(folder.path(), wrong, &[]).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn no_token_stands_in_a_log_an_error_or_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    with_tokens(folder.path());
    let secret = token(folder.path(), "all", &["--role", "read", "--role", "publish", "--role", "operate"]);
    let unknown = "oyez_ThisTokenIsNobodysAtAll0123456789";
    let host = Running::start_with(folder.path(), &FREE, &[("OYEZ_LOG", "trace")]).unwrap();
    let mut told = String::new();
    for token in [secret.as_str(), unknown] {
        for (method, path) in [("GET", "/v1/plugins"), ("POST", "/v1/plugins/a/pause"), ("POST", "/v1/events"), ("GET", "/metrics"), ("GET", "/v9")] {
            told += &call(&host.url, method, path, Some(token), &json!({})).unwrap().1.to_string();
        }
        let output = command(folder.path(), &["plugins"], &[("OYEZ_URL", &host.url), ("OYEZ_TOKEN", token)]);
        told += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    told += &raw(&address(&host), format!("GET / HTTP/1.1\r\nhost: evil\r\nauthorization: Bearer {secret}\r\n\r\n").as_bytes());
    told += &done(folder.path(), &["config", "show"], &[("OYEZ_TOKEN", &secret)]);
    // A token that was put where its sum belongs.
    fs::write(folder.path().join("tokens.toml"), format!("[[token]]\nname = '{secret}'\nsha256 = '{unknown}'\nroles = ['{secret}']\n{secret} = 1\n"))
        .unwrap();
    until("the bad file to be told", || Ok(fs::read_to_string(folder.path().join("log"))?.contains("token-file-invalid"))).unwrap();
    told += &refused(folder.path(), &["config", "validate"], &[], "token-file-invalid");
    told += &fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(told.contains("an operator's call") && told.contains("token-unknown"), "the search finds too little");
    for secret in [&secret[5..], &unknown[5..]] {
        assert!(!told.contains(secret), "{}", told.lines().find(|line| line.contains(secret)).unwrap());
    }
}
