//! The network side, from outside: who may call, by what name, over which certificate, and how much of the host one client may have.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod limits;
mod names;
mod namespaces;
mod settings;
mod tls;
mod tokens;

use oyez_tests::{Result, Running, oyez};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const FREE: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// A command, in a folder.
fn command(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(oyez()).args(args).envs(environment.iter().copied()).current_dir(folder).output().unwrap()
}

/// What a command prints, which is to do what it is asked.
fn done(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> String {
    let output = command(folder, args, environment);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The error of a command, which is to fail by this code.
fn refused(folder: &Path, args: &[&str], environment: &[(&str, &str)], code: &str) -> String {
    let output = command(folder, args, environment);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && stderr.contains(&format!("error[{code}]: ")), "{args:?}: {stderr}");
    assert!(command(folder, &["help", code], &[]).status.success(), "`oyez help {code}` explains nothing");
    stderr
}

/// A new token in the token file of a folder.
fn token(folder: &Path, name: &str, more: &[&str]) -> String {
    let made = done(folder, &[&["token", "new", name, "--file", "tokens.toml"], more].concat(), &[]);
    made.trim().to_owned()
}

fn with_tokens(folder: &Path) {
    fs::write(folder.join("oyez.toml"), "[auth]\ntoken_file = 'tokens.toml'\n").unwrap();
}

/// Calls; gives back the status and the body, JSON or nothing.
fn call(url: &str, method: &str, path: &str, token: Option<&str>, body: &Value) -> Result<(u16, Value)> {
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{url}{path}"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request = request.header("content-type", if path == "/v1/events" { "application/cloudevents+json" } else { "application/json" });
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
    let mut response = agent.run(request.body(body)?)?;
    if response.status() == 401 {
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }
    let text = response.body_mut().read_to_string()?;
    Ok((response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// The status of a call, and its code if it is an error.
fn outcome(url: &str, method: &str, path: &str, token: Option<&str>, body: &Value) -> (u16, String) {
    let (status, body) = call(url, method, path, token, body).unwrap();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn fact(id: &str, source: &str) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": source, "type": "test.event.v1", "subject": "s", "data": {} })
}

/// Where a host listens, as a socket has it: through loopback, whatever the host says.
fn address(host: &Running) -> String {
    let port = host.url.rsplit(':').next().unwrap();
    format!("127.0.0.1:{port}")
}

/// Sends bytes as they are; gives back all that comes until the other side closes, or three seconds pass.
fn raw(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    // The other side may have had enough.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut piece) {
        answer.extend_from_slice(&piece[..n]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
