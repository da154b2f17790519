//! What an attempt has used of the network.

use oyez_model::Limits;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use wasmtime_wasi_http::Error;

/// Counts for one call. Past a limit the guest is told an error, and the attempt is over limit whatever it makes of that.
#[derive(Debug)]
pub(crate) struct Ledger {
    requests_max: usize,
    bytes_max: u64,
    requests: AtomicUsize,
    sent: AtomicU64,
    received: AtomicU64,
    over: Mutex<Option<(String, &'static str)>>,
}

impl Ledger {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            requests_max: limits.http_requests,
            bytes_max: limits.http_bytes,
            requests: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            over: Mutex::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// One too many.
    pub(super) fn request(&self) -> Result<(), Error> {
        if self.requests.fetch_add(1, Relaxed) < self.requests_max {
            return Ok(());
        }
        self.over.lock().get_or_insert_with(|| (format!("made more than its {} `http_requests`", self.requests_max), "http_requests"));
        Err(Error::ConnectionLimitReached)
    }

    /// Counts bytes that it sends.
    ///
    /// # Errors
    /// Too many both ways.
    pub(super) fn send(&self, bytes: usize) -> Result<(), Error> {
        self.sent.fetch_add(bytes as u64, Relaxed);
        self.within(Error::HttpRequestBodySize(Some(self.bytes_max)))
    }

    /// Counts bytes that it gets.
    ///
    /// # Errors
    /// Too many both ways.
    pub(super) fn receive(&self, bytes: usize) -> Result<(), Error> {
        self.received.fetch_add(bytes as u64, Relaxed);
        self.within(Error::HttpResponseBodySize(Some(self.bytes_max)))
    }

    fn within(&self, error: Error) -> Result<(), Error> {
        if self.sent.load(Relaxed).saturating_add(self.received.load(Relaxed)) <= self.bytes_max {
            return Ok(());
        }
        self.over.lock().get_or_insert_with(|| (format!("sent and got more than its {} `http_bytes`", self.bytes_max), "http_bytes"));
        Err(error)
    }

    /// What limit was passed, and its key.
    pub(crate) fn over(&self) -> Option<(String, &'static str)> {
        self.over.lock().clone()
    }

    /// Whether it called somebody.
    pub(crate) fn reached_outside(&self) -> bool {
        self.sent.load(Relaxed) > 0
    }

    /// What it got and sent, in bytes.
    pub(crate) fn carried(&self) -> (u64, u64) {
        (self.received.load(Relaxed), self.sent.load(Relaxed))
    }
}
