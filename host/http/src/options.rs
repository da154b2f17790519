//! Whom the server answers, and how much of it one client may have.

use crate::auth::Tokens;
use crate::tls::Tls;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Whom the server answers. The limits count from the start; all else may be changed while it runs.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Further names and addresses in `Host`, without the port, beside those of loopback. Default = none.
    pub hosts: Vec<String>,
    /// Origins of web pages that may call, such as `https://console.example`. Default = none.
    pub origins: Vec<String>,
    /// Who may call. Default = everybody who reaches it.
    pub tokens: Option<Arc<Tokens>>,
    /// What it proves itself by. Default = none: HTTP in the clear.
    pub tls: Option<Tls>,
    /// How much one client may have, and all together.
    pub limits: HttpLimits,
}

impl ServerOptions {
    /// Options that stay as they are.
    #[must_use]
    pub fn fixed(self) -> Watched {
        watch::channel(Arc::new(self)).1
    }

    /// Whether a connection from, or an address of, this machine only needs no token.
    #[must_use]
    pub fn is_loopback(address: IpAddr) -> bool {
        address.to_canonical().is_loopback()
    }
}

/// Options as they are now.
pub type Watched = watch::Receiver<Arc<ServerOptions>>;

/// Limits against clients that are slow, greedy or many. Each acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Connections at a time. When all places are taken, who has been silent longest makes room; where nobody is silent, who comes is
    /// let go of. Default = 4,096.
    pub connections: usize,
    /// Of them, from one address (of IPv6, one /64). Default = 2,048.
    pub connections_per_address: usize,
    /// Until the first head of a connection is there, whole, TLS included. Default = 10 s.
    pub head_time: Duration,
    /// Until the next one is there, whole, from the end of the answer before it. Default = 30 s.
    pub idle_time: Duration,
    /// An answer of which nothing is taken for so long ends with its connection. Default = 30 s.
    pub stall_time: Duration,
    /// Bytes of one request's head: its line and its headers. Default = 64 KiB.
    pub head_bytes: usize,
    /// Headers of one request. Default = 100.
    pub headers: usize,
    /// Requests under way at a time, over all connections; more get 429. Default = 4,096.
    pub requests: usize,
    /// Of them, streams of events. Default = 1,024.
    pub streams: usize,
    /// Requests under way at a time on one HTTP/2 connection. Default = 128.
    pub requests_per_connection: u32,
    /// Bytes of all bodies that are held at a time; more get 429. Default = 128 MiB, eight of the largest.
    pub bodies_bytes: usize,
    /// Bytes of events in answers that are made or taken, at a time; who asks for more waits for `head_time`, then gets 429. Default = 256 MiB.
    pub answers_bytes: usize,
    /// A body may take so long, and beyond that comes at `body_rate` at least; else it gets 408. Default = 10 s.
    pub body_time: Duration,
    /// Bytes a second. Default = 16 KiB.
    pub body_rate: u32,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            connections_per_address: 2_048,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(30),
            stall_time: Duration::from_secs(30),
            head_bytes: 64 << 10,
            headers: 100,
            requests: 4_096,
            streams: 1_024,
            requests_per_connection: 128,
            bodies_bytes: 128 << 20,
            answers_bytes: 256 << 20,
            body_time: Duration::from_secs(10),
            body_rate: 16 << 10,
        }
    }
}
