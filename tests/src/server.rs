//! A server that plugins call: it answers, sends elsewhere, floods, or never says a word.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// On a port of its own, for as long as the process lives.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts it.
    ///
    /// # Panics
    /// The machine gives no port.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (address, requests) = (listener.local_addr().expect("it is bound"), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                std::thread::spawn(move || serve(stream, &counter));
            }
        });
        Self { address, requests }
    }

    /// Its address and port.
    #[must_use]
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a path: `/never` is never answered, `/flood` never ends, `/to/URL` sends there, all else is `hear ye`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many requests it got.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(SeqCst)
    }
}

/// One request, and the end. Whoever called may be gone at any moment.
fn serve(stream: TcpStream, counter: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line);
    }
    counter.fetch_add(1, SeqCst);
    let mut stream = stream;
    match lines.first()?.split(' ').nth(1)? {
        "/never" => drop(reader.read_to_end(&mut Vec::new())),
        "/flood" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").ok()?;
            while stream.write_all(&[b'x'; 64 << 10]).is_ok() {}
        }
        path => {
            let head = match path.strip_prefix("/to/") {
                Some(url) => format!("HTTP/1.1 302 Found\r\nlocation: {url}\r\n"),
                None => "HTTP/1.1 200 OK\r\n".to_owned(),
            };
            stream.write_all(format!("{head}content-length: 7\r\nconnection: close\r\n\r\nhear ye").as_bytes()).ok()?;
            // What is sent still is read, so that the answer is not lost in a reset.
            drop(reader.read_to_end(&mut Vec::new()));
        }
    }
    Some(())
}
