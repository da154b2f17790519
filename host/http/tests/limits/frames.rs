//! HTTP/2, as a hostile client speaks it.

use crate::Server;
use bytes::Bytes;
use h2::client::{self, SendRequest};
use oyez_http::HttpLimits;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// More resets than any server should take.
const MANY: usize = 100_000;

async fn connect(server: &Server) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let stream = TcpStream::connect(server.address).await.unwrap();
    // More than the server allows is tried on purpose.
    let (requests, connection) = client::Builder::new().initial_max_send_streams(10_000).handshake(stream).await.unwrap();
    (requests, tokio::spawn(connection))
}

fn request(path: &str) -> http::Request<()> {
    http::Request::get(format!("http://localhost{path}")).body(()).unwrap()
}

#[test]
fn streams_that_are_opened_and_reset_at_once_end_their_connection() {
    let server = Server::with(HttpLimits::default());
    let resets = server.runtime.block_on(async {
        let (requests, connection) = connect(&server).await;
        let (mut requests, mut resets) = (requests, 0);
        while resets < MANY {
            let Ok(mut ready) = requests.ready().await else { break };
            match ready.send_request(request("/v1/events"), false) {
                Ok((_, mut sending)) => sending.send_reset(h2::Reason::CANCEL),
                Err(_) => break,
            }
            resets += 1;
            requests = ready;
            tokio::task::yield_now().await;
        }
        let ended = tokio::time::timeout(crate::PATIENCE, connection).await.expect("the connection ends").unwrap();
        assert!(ended.is_err(), "the server ended it");
        resets
    });
    assert!(resets < MANY, "all of them were taken");
    assert!(server.ask("GET /livez HTTP/1.1", b"").starts_with("HTTP/1.1 200 "));
    server.until_closed("broken", 1);
}

#[test]
fn a_connection_has_so_many_requests_under_way_and_so_many_headers_in_one() {
    let server = Server::with(HttpLimits { requests_per_connection: 5, ..HttpLimits::default() });
    server.runtime.block_on(async {
        let (requests, connection) = connect(&server).await;
        let mut requests = requests.ready().await.unwrap();
        let (answer, _) = requests.send_request(request("/livez"), true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 200);
        assert_eq!(requests.current_max_send_streams(), 5);

        let mut many = request("/livez");
        for i in 0..101 {
            many.headers_mut().insert(http::HeaderName::try_from(format!("x-{i}")).unwrap(), "y".parse().unwrap());
        }
        let (answer, _) = requests.send_request(many, true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 431);
        let mut large = request("/livez");
        for i in 0..70 {
            large.headers_mut().insert(http::HeaderName::try_from(format!("x-{i}")).unwrap(), "y".repeat(1 << 10).parse().unwrap());
        }
        let (answer, _) = requests.send_request(large, true).unwrap();
        assert!(answer.await.map_or(true, |answer| answer.status() == 431));
        drop(requests);
        let _ = tokio::time::timeout(Duration::from_secs(5), connection).await;
    });
}

#[test]
fn a_stream_of_which_nothing_is_taken_ends_with_its_connection() {
    let server = Server::with(HttpLimits { stall_time: Duration::from_millis(500), idle_time: Duration::from_millis(500), ..HttpLimits::default() });
    for i in 0..8 {
        let publish = "POST /v1/events HTTP/1.1\r\ncontent-type: application/cloudevents+json";
        assert!(server.ask(publish, crate::event(&i.to_string(), 800 << 10).as_bytes()).starts_with("HTTP/1.1 202 "));
    }
    server.runtime.block_on(async {
        let (requests, connection) = connect(&server).await;
        let mut requests = requests.ready().await.unwrap();
        let mut streamed = request("/v1/events?from=beginning");
        streamed.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        let (answer, _) = requests.send_request(streamed, true).unwrap();
        // Its window is never opened again.
        let answer = answer.await.unwrap();
        assert!(tokio::time::timeout(crate::PATIENCE, connection).await.is_ok(), "the connection stays");
        drop(answer);
    });
    server.until_closed("stalled", 1);
}
