//! Each limit of `HttpLimits`, against a client that goes past it, with times that a test can wait for.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod bodies;
mod connections;
mod frames;
mod heads;

use oyez::{Host, Storage};
use oyez_http::{HttpLimits, ServerOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Nothing that is waited for takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with limits of its own; it ends with the test.
struct Server {
    address: SocketAddr,
    runtime: Runtime,
}

impl Server {
    fn with(limits: HttpLimits) -> Self {
        let runtime = Runtime::new().unwrap();
        let address = runtime.block_on(async {
            let host = Host::builder().storage(Storage::memory()).start().await.unwrap();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let options = ServerOptions { limits, ..ServerOptions::default() };
            tokio::spawn(oyez_http::serve(host, listener, options.fixed(), std::future::pending()));
            address
        });
        Self { address, runtime }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// A connection that has sent this.
    fn sent(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        stream
    }

    /// A request that asks for the connection's end: all of its answer.
    fn ask(&self, head: &str, body: &[u8]) -> String {
        let mut stream = self.connect();
        let head = format!("{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        rest(&mut stream)
    }

    /// What the metrics say, 0 if nothing.
    fn metric(&self, name: &str) -> u64 {
        let text = self.ask("GET /metrics HTTP/1.1", b"");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.map_or(0, |value| value.trim().parse().unwrap())
    }

    fn closed(&self, reason: &str) -> u64 {
        self.metric(&format!("oyez_http_connections_closed_total{{reason=\"{reason}\"}}"))
    }

    fn until_closed(&self, reason: &str, n: u64) {
        let begun = Instant::now();
        while self.closed(reason) < n {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for `{reason}`: {}", self.ask("GET /metrics HTTP/1.1", b""));
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

/// All that comes until the other side closes.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut off gives what came before.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer's head, and as much of its body as comes with it.
fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 64 << 10];
    let n = stream.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..n]).into_owned()
}

/// Whether the other side closes, whatever it says before.
fn is_closed(stream: &mut TcpStream) -> bool {
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

fn event(id: &str, bytes: usize) -> String {
    format!(r#"{{"specversion":"1.0","id":"{id}","source":"/t","type":"a.b.v1","data":"{}"}}"#, "x".repeat(bytes))
}

/// A publishing request, up to its body.
fn head(length: usize) -> String {
    format!("POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cloudevents+json\r\ncontent-length: {length}\r\n\r\n")
}

const STREAM: &str = "GET /v1/events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n";
