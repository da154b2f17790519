//! Heads that come slowly, never, too large, or as garbage.

use crate::{Server, answer, is_closed, rest};
use oyez_http::HttpLimits;
use std::io::Write;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(300);

#[test]
fn a_head_that_dribbles_or_never_comes_ends_its_connection() {
    let server = Server::with(HttpLimits { head_time: SHORT, ..HttpLimits::default() });
    let mut silent = server.connect();
    let mut preface = server.sent("PRI * HT");
    let mut slow = server.sent("GET /livez HTTP/1.1\r\nhost: localhost\r\n");
    let begun = Instant::now();
    // A header a moment, for as long as the other side takes them.
    while slow.write_all(b"x-a: b\r\n").is_ok() {
        assert!(begun.elapsed() < crate::PATIENCE, "the slow head is still taken");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert!(begun.elapsed() >= SHORT);
    assert!(is_closed(&mut silent) && is_closed(&mut preface));
    server.until_closed("head-late", 3);
}

#[test]
fn a_connection_that_is_idle_between_requests_is_closed() {
    let server = Server::with(HttpLimits { idle_time: SHORT, ..HttpLimits::default() });
    let mut kept = server.sent("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(answer(&mut kept).starts_with("HTTP/1.1 200 "));
    kept.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert!(answer(&mut kept).starts_with("HTTP/1.1 200 "), "a connection is used again");
    // Half of the next head does not save it.
    kept.write_all(b"GET /livez").unwrap();
    assert!(is_closed(&mut kept));
    server.until_closed("idle", 1);
}

#[test]
fn a_head_that_is_too_large_gets_431() {
    let server = Server::with(HttpLimits::default());
    let bytes = format!("GET /livez HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(65 << 10));
    let many = format!("GET /livez HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "x: y\r\n".repeat(100));
    let path = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(70 << 10));
    for (what, request, status) in [("bytes", bytes, "431"), ("headers", many, "431"), ("path", path, "4")] {
        let mut stream = server.connect();
        // It need not be taken to its end.
        let _ = stream.write_all(request.as_bytes());
        let answer = rest(&mut stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{what}: {answer}");
    }
    let allowed = format!("GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{}\r\n", "x: y\r\n".repeat(98));
    assert!(rest(&mut server.sent(allowed)).starts_with("HTTP/1.1 200 "));
    server.until_closed("head-too-large", 2);
}

#[test]
fn garbage_behind_a_request_ends_its_connection_and_no_other() {
    let server = Server::with(HttpLimits::default());
    let request = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for garbage in ["\0\x01\x02 garbage\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /livez HTTP/1.1\r\nhost localhost\r\n\r\n"] {
        let answers = rest(&mut server.sent([request, request, garbage].concat()));
        assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 2, "{garbage:?}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1 400 ").count(), 1, "{garbage:?}: {answers}");
    }
    // Two lengths, or a length and chunks: whoever stands before us may have read the other.
    for smuggled in
        ["content-length: 4\r\ncontent-length: 5\r\n", "content-length: 4\r\ncontent-length: x\r\n", "transfer-encoding: x, chunked, y\r\n"]
    {
        let answer = rest(&mut server.sent(format!("POST /v1/events HTTP/1.1\r\nhost: localhost\r\n{smuggled}\r\nabcd")));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{smuggled}: {answer}");
    }
    server.until_closed("malformed", 6);
}
