//! Many clients, as a binary sees them. How each limit acts is tested beside the server, with times that a test can wait for.

use crate::address;
use oyez_tests::{Running, event, until};
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;

/// More than the host has places for.
const IDLE: usize = 10_000;

#[test]
fn ten_thousand_idle_connections_keep_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Running::start(folder.path()).unwrap();
    let address = address(&host);
    let mut idle = Vec::with_capacity(IDLE);
    for i in 0..IDLE {
        let mut stream = TcpStream::connect(&address).unwrap();
        if i % 2 == 0 {
            // Half a head, of which the rest never comes.
            stream.write_all(b"POST / HTTP/1.1\r\nhost: local").unwrap();
        }
        idle.push(stream);
    }
    for i in 0..20 {
        host.publish(&[event(&i.to_string(), "a.b.v1", "s", &json!({}))]).unwrap();
    }
    let metric = |name: &str| -> oyez_tests::Result<u64> {
        let text = ureq::get(format!("{}/metrics", host.url)).call()?.body_mut().read_to_string()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        Ok(line.and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or(0))
    };
    let closed = |reason: &str| metric(&format!("oyez_http_connections_closed_total{{reason=\"{reason}\"}}")).unwrap();
    assert!(metric("oyez_http_connections ").unwrap() <= 4_096);
    let (crowded, late) = (closed("crowded-out"), closed("head-late"));
    assert!(crowded > 0 && crowded + late >= 5_000, "{crowded}, {late}");
    // Those that are left are let go of after ten seconds without a head.
    until("the idle ones to be gone", || Ok(metric("oyez_http_connections ")? <= 10)).unwrap();
    assert!(closed("head-late") > 0);
    drop(idle);
    host.terminate().unwrap();
}
