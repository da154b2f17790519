//! The neighbour's steady work: an event at each beat, whatever became of the one before, and how long each took from when it was due until
//! what the neighbour made of it could be read.
//!
//! Measured from when an event was due and not from when it was sent, so that a host that stands still is not asked less for it.

use super::stand::{ANSWERED, ASKED};
use crate::{Client, Result, event};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Producers, so that the next event can be sent though the one before has no receipt yet.
const PRODUCERS: usize = 4;
/// How long an event is waited for before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Events that flow until it is dropped.
#[derive(Debug)]
pub(super) struct Flow(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    begun: Instant,
    period: Duration,
    next: AtomicU64,
    stopped: AtomicBool,
    samples: Mutex<Samples>,
}

#[derive(Debug, Default)]
struct Samples {
    /// By number, which says when they were due.
    open: BTreeMap<u64, Instant>,
    settled: Vec<(Instant, Duration)>,
    /// When those were due that the host did not take.
    refused: Vec<Instant>,
}

/// How the neighbour did for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    /// Of how many events.
    pub(super) events: usize,
    /// Not taken, or never answered.
    pub(super) lost: usize,
    /// The time that 99 of 100 took at most.
    pub(super) p99: Duration,
}

impl Flow {
    /// Begins with so many events a second.
    ///
    /// # Errors
    /// The stream of what is emitted cannot be opened.
    pub(super) fn start(client: &Client, rate: u32) -> Result<Self> {
        let stream = ureq::get(format!("{}/v1/events?type={ANSWERED}", client.url)).header("accept", "text/event-stream").call()?;
        let shared = Arc::new(Shared {
            begun: Instant::now(),
            period: Duration::from_secs(1) / rate.max(1),
            next: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            samples: Mutex::default(),
        });
        let reading = shared.clone();
        thread::spawn(move || reading.read(BufReader::new(stream.into_body().into_reader())));
        for _ in 0..PRODUCERS {
            let (producing, client) = (shared.clone(), client.clone());
            thread::spawn(move || producing.produce(&client));
        }
        Ok(Self(shared))
    }

    /// How the neighbour did with what was due in stretches of time that are over, taken together. Waits for what is still under way.
    pub(super) fn window(&self, stretches: &[Range<Instant>]) -> Window {
        let asked = Instant::now();
        let within = |due: &Instant| stretches.iter().any(|stretch| stretch.contains(due));
        loop {
            let samples = self.0.samples();
            let open = samples.open.values().filter(|due| within(due)).count();
            if open == 0 || asked.elapsed() > PATIENCE {
                let mut took: Vec<Duration> = samples.settled.iter().filter(|(due, _)| within(due)).map(|(_, took)| *took).collect();
                took.sort_unstable();
                let lost = open + samples.refused.iter().filter(|due| within(due)).count();
                let p99 = took.get((took.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default();
                return Window { events: took.len() + lost, lost, p99 };
            }
            drop(samples);
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.0.stopped.store(true, SeqCst);
    }
}

impl Shared {
    fn samples(&self) -> std::sync::MutexGuard<'_, Samples> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn produce(&self, client: &Client) {
        while !self.stopped.load(SeqCst) {
            let number = self.next.fetch_add(1, SeqCst);
            let due = self.begun + self.period * u32::try_from(number).unwrap_or(u32::MAX);
            while let Some(early) = due.checked_duration_since(Instant::now()) {
                thread::park_timeout(early);
            }
            self.samples().open.insert(number, due);
            let sent = client.publish(&[event(&format!("n-{number}"), ASKED, &format!("n-{}", number % 64), &json!({ "number": number }))]);
            if sent.is_err() {
                let mut samples = self.samples();
                samples.open.remove(&number);
                samples.refused.push(due);
            }
        }
    }

    fn read(&self, stream: impl BufRead) {
        for line in stream.lines().map_while(std::io::Result::ok) {
            if self.stopped.load(SeqCst) {
                return;
            }
            let now = Instant::now();
            let item: Option<Value> = line.strip_prefix("data:").and_then(|json| serde_json::from_str(json).ok());
            let number = item.as_ref().and_then(|item| item["event"]["causationid"].as_str()?.strip_prefix("n-")?.parse().ok());
            let mut samples = self.samples();
            if let Some(due) = number.and_then(|number: u64| samples.open.remove(&number)) {
                samples.settled.push((due, now.saturating_duration_since(due)));
            }
        }
    }
}
