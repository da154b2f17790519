//! Bodies that come slowly, are too large, or are too many; and answers that nobody takes.

use crate::{STREAM, Server, answer, event, head, is_closed, rest};
use oyez_http::HttpLimits;
use std::io::Write;
use std::time::{Duration, Instant};

#[test]
fn a_body_that_dribbles_gets_408_and_one_that_keeps_the_rate_is_taken() {
    let server = Server::with(HttpLimits { body_time: Duration::from_millis(300), body_rate: 10_000, ..HttpLimits::default() });
    let body = event("slow", 10_000);
    let mut slow = server.sent(head(body.len()));
    let begun = Instant::now();
    for byte in body.as_bytes() {
        // Ten bytes a second, until it is told that this will not do.
        if slow.write_all(&[*byte]).is_err() || begun.elapsed() > Duration::from_millis(600) {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let told = rest(&mut slow);
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("body-too-slow"), "{told}");

    // Slower than the time alone allows, and quicker than the rate.
    let mut steady = server.sent(head(body.len()));
    for piece in body.as_bytes().chunks(1_500) {
        steady.write_all(piece).unwrap();
        std::thread::park_timeout(Duration::from_millis(60));
    }
    assert!(answer(&mut steady).starts_with("HTTP/1.1 202 "));
}

#[test]
fn bodies_have_a_size_each_and_a_room_together() {
    let server = Server::with(HttpLimits { bodies_bytes: 1 << 20, ..HttpLimits::default() });
    let body = event("first", 700 << 10);
    let (most, last) = body.as_bytes().split_at(body.len() - 1);
    let mut first = server.sent([head(body.len()).as_bytes(), most].concat());
    let publish = "POST /v1/events HTTP/1.1\r\ncontent-type: application/cloudevents+json";
    let crowd = || server.ask(publish, event("second", 700 << 10).as_bytes());
    let begun = Instant::now();
    while server.metric("oyez_http_body_bytes") < 700 << 10 {
        assert!(begun.elapsed() < crate::PATIENCE, "the first one's bytes do not come");
    }
    let told = crowd();
    assert!(told.contains("too-many-bodies") && told.to_lowercase().contains("retry-after: "), "{told}");
    assert!(server.ask(publish, event("small", 10).as_bytes()).starts_with("HTTP/1.1 202 "), "a small one has room");
    first.write_all(last).unwrap();
    assert!(answer(&mut first).starts_with("HTTP/1.1 202 "));
    assert!(crowd().starts_with("HTTP/1.1 202 "), "the room is free again");

    let large = server.ask("POST /v1/dead/redrive HTTP/1.1", &vec![b' '; (1 << 20) + 1]);
    assert!(large.starts_with("HTTP/1.1 413 ") && large.contains("body-too-large"), "{large}");
}

#[test]
fn more_requests_or_streams_than_there_may_be_get_429() {
    let server = Server::with(HttpLimits { requests: 3, streams: 1, ..HttpLimits::default() });
    let mut stream = server.sent(STREAM);
    assert!(answer(&mut stream).starts_with("HTTP/1.1 200 "));
    let second = server.ask("GET /v1/events HTTP/1.1\r\naccept: text/event-stream", b"");
    assert!(second.starts_with("HTTP/1.1 429 ") && second.contains("too-many-streams"), "{second}");
    let (mut waiting, begun) = (Vec::new(), Instant::now());
    let told = loop {
        // The last answer's place may not be free yet when one of them comes.
        waiting.push(server.sent(head(10)));
        let told = server.ask("GET /v1/events HTTP/1.1", b"");
        if told.starts_with("HTTP/1.1 429 ") || begun.elapsed() > crate::PATIENCE {
            break told;
        }
    };
    assert!(told.contains("too-many-requests"), "{told}");
    assert!(server.ask("GET /livez HTTP/1.1", b"").starts_with("HTTP/1.1 200 "), "who looks after it is answered all the same");
    drop((waiting, stream));
    let begun = Instant::now();
    while !server.ask("GET /v1/events HTTP/1.1", b"").starts_with("HTTP/1.1 200 ") {
        assert!(begun.elapsed() < crate::PATIENCE, "the places are not free again");
    }
}

#[test]
fn an_answer_that_nobody_takes_ends_its_connection() {
    let short = Duration::from_millis(400);
    let server = Server::with(HttpLimits { stall_time: short, idle_time: short, ..HttpLimits::default() });
    let publish = "POST /v1/events HTTP/1.1\r\ncontent-type: application/cloudevents+json";
    for i in 0..18 {
        assert!(server.ask(publish, event(&i.to_string(), 880 << 10).as_bytes()).starts_with("HTTP/1.1 202 "));
    }
    // Far more than lies between two sockets.
    let mut page = server.sent("GET /v1/events?limit=1000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut stream = server.sent(STREAM.replace("/v1/events", "/v1/events?from=beginning"));
    let begun = Instant::now();
    while server.closed("stalled") + server.closed("idle") < 2 {
        assert!(begun.elapsed() < crate::PATIENCE, "{}", server.ask("GET /metrics HTTP/1.1", b""));
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert!(is_closed(&mut page) && is_closed(&mut stream));
}

#[test]
fn answers_have_a_room_together() {
    let limits = HttpLimits { answers_bytes: 20 << 20, head_time: Duration::from_millis(500), ..HttpLimits::default() };
    let server = Server::with(limits);
    let publish = "POST /v1/events HTTP/1.1\r\ncontent-type: application/cloudevents+json";
    for i in 0..18 {
        assert!(server.ask(publish, event(&i.to_string(), 880 << 10).as_bytes()).starts_with("HTTP/1.1 202 "));
    }
    let page = "GET /v1/events?limit=1000 HTTP/1.1";
    let mut taken_slowly = server.sent(format!("{page}\r\nhost: localhost\r\n\r\n"));
    assert!(answer(&mut taken_slowly).starts_with("HTTP/1.1 200 "));
    for call in [page, "GET /v1/dead HTTP/1.1", "GET /v1/parked HTTP/1.1"] {
        let told = server.ask(call, b"");
        assert!(told.starts_with("HTTP/1.1 429 ") && told.contains("too-many-answers"), "{call}: {}", told.lines().next().unwrap());
    }
    drop(taken_slowly);
    let begun = Instant::now();
    while !server.ask(page, b"").starts_with("HTTP/1.1 200 ") {
        assert!(begun.elapsed() < crate::PATIENCE, "the room is not free again");
    }
}
