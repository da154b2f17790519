//! By which name, and from which pages, the host is called.

use crate::{FREE, address, raw};
use oyez_tests::Running;
use std::fs;

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

#[test]
fn what_names_another_host_or_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let host = Running::start(folder.path()).unwrap();
    let ask = |head: &str| status(&raw(&address(&host), format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()));
    for (head, wanted) in [
        ("GET /livez HTTP/1.1\r\nhost: localhost", 200),
        ("GET /livez HTTP/1.1\r\nhost: LocalHost.:1", 200),
        ("GET http://localhost/livez HTTP/1.1\r\nhost: localhost", 200),
        ("GET /livez HTTP/1.1\r\nhost: evil.example", 403),
        ("GET /livez HTTP/1.1\r\nhost: 10.0.0.1", 403),
        ("GET /livez HTTP/1.1\r\nhost: 0.0.0.0", 403),
        ("GET /livez HTTP/1.1", 400),
        ("GET /livez HTTP/1.0", 400),
        ("GET /livez HTTP/1.1\r\nhost: localhost\r\nhost: evil.example", 400),
        ("GET /livez HTTP/1.1\r\nhost: evil.example\r\nhost: localhost", 400),
        ("GET http://evil.example/livez HTTP/1.1\r\nhost: localhost", 400),
        ("GET http://evil.example/livez HTTP/1.1\r\nhost: evil.example", 403),
        ("GET http://localhost/livez HTTP/1.1\r\nhost: evil.example", 400),
        ("GET /livez HTTP/1.1\r\nhost: evil.example@localhost", 400),
        ("GET /livez HTTP/1.1\r\nhost: localhost:port", 400),
        ("GET /livez HTTP/1.1\r\nhost: localhost, evil.example", 400),
    ] {
        assert_eq!(ask(head), wanted, "{head}");
    }
}

#[test]
fn pages_of_listed_origins_may_call_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("oyez.toml"), "[server]\norigins = ['https://console.example']\n").unwrap();
    let host = Running::start_with(folder.path(), &FREE, &[]).unwrap();
    let ask = |head: &str| raw(&address(&host), format!("{head}\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes()).to_lowercase();
    let preflight = "OPTIONS /v1/events HTTP/1.1\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization,ce-id";
    let allowed = ask(&format!("{preflight}\r\norigin: https://console.example"));
    assert_eq!(status(&allowed), 200, "{allowed}");
    for header in ["access-control-allow-origin: https://console.example", "access-control-allow-headers: authorization,ce-id", "post"] {
        assert!(allowed.contains(header), "{header}: {allowed}");
    }
    let read = ask("GET /v1/events HTTP/1.1\r\norigin: https://console.example");
    assert!(status(&read) == 200 && read.contains("access-control-allow-origin: https://console.example"), "{read}");
    assert!(read.contains("x-content-type-options: nosniff") && read.contains("cross-origin-resource-policy: same-origin"), "{read}");
    for origin in ["https://evil.example", "null", "http://localhost", "https://console.example.evil.example"] {
        for head in [preflight, "GET /v1/events HTTP/1.1"] {
            let answer = ask(&format!("{head}\r\norigin: {origin}"));
            assert!(status(&answer) == 403 && !answer.contains("access-control-allow"), "{origin}: {answer}");
        }
    }
}
