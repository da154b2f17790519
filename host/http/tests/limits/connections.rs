//! How many may be connected: who is silent makes room, who is busy keeps his place.

use crate::{STREAM, Server, answer, is_closed};
use oyez_http::HttpLimits;
use std::io::Write;
use std::net::TcpStream;

fn stream(server: &Server) -> TcpStream {
    let mut stream = server.sent(STREAM);
    assert!(answer(&mut stream).starts_with("HTTP/1.1 200 "));
    stream
}

#[test]
fn who_is_silent_makes_room_for_who_comes() {
    let server = Server::with(HttpLimits { connections: 3, connections_per_address: 4, ..HttpLimits::default() });
    let busy = stream(&server);
    let mut silent = server.connect();
    let kept = server.sent("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");
    for _ in 0..10 {
        assert!(server.ask("GET /livez HTTP/1.1", b"").starts_with("HTTP/1.1 200 "));
    }
    assert!(is_closed(&mut silent));
    server.until_closed("crowded-out", 1);
    let more = [stream(&server), stream(&server)];
    // Everybody is busy now.
    let mut refused = server.connect();
    let _ = refused.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(is_closed(&mut refused));
    drop((busy, kept, more));
    server.until_closed("full", 1);
}

#[test]
fn one_address_cannot_take_all_places() {
    let server = Server::with(HttpLimits { connections: 10, connections_per_address: 2, ..HttpLimits::default() });
    let greedy = [stream(&server), stream(&server)];
    assert!(is_closed(&mut server.connect()), "the third of one address");
    let other = server.runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        socket.connect(server.address).await.unwrap().into_std().unwrap()
    });
    other.set_nonblocking(false).unwrap();
    let mut other = other;
    other.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert!(answer(&mut other).starts_with("HTTP/1.1 200 "));
    drop(greedy);
    server.until_closed("address-full", 1);
}
