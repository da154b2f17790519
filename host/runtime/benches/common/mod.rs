//! What the benchmarks share: events, producers, progress, latencies, memory, and a table at the end.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each benchmark uses what it needs")]

mod counted;
mod table;

pub use counted::{Reading, counted};
pub use table::Table;

use indicatif::{ProgressBar, ProgressStyle};
use oyez::cloudevents::{EventBuilder, EventBuilderV10};
use oyez::{DeliveryState, Host};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The data of one event.
pub const DATA_BYTES: usize = 1_024;

/// The result of a benchmark.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The arguments that are ours: cargo adds some of its own.
pub fn args() -> Vec<String> {
    std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect()
}

/// Runs on as many threads as there are cores.
pub fn run(bench: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(bench)
}

/// A bar for so many of something.
pub fn progress(what: &'static str, of: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:<26} {bar:40} {human_pos:>9}/{human_len} {per_sec:>14} {elapsed:>4}");
    ProgressBar::new(of as u64).with_prefix(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// An event with a number for an id, of this type and subject.
pub fn event(i: usize, ty: &str, subject: &str) -> Result<oyez::cloudevents::Event> {
    let event = EventBuilderV10::new().id(i.to_string()).source("/bench").ty(ty).subject(subject);
    Ok(event.data("text/plain", "x".repeat(DATA_BYTES)).build()?)
}

/// The number of an event.
pub fn number(event: &oyez::cloudevents::Event) -> usize {
    use oyez::cloudevents::AttributesReader;
    event.id().parse().unwrap_or(usize::MAX)
}

/// Deliveries of all subscriptions in a state.
pub async fn count(host: &Host, state: DeliveryState) -> u64 {
    host.subscriptions().await.iter().filter_map(|s| s.counts.get(&state)).sum()
}

/// Waits, and shows how far it is, until `done` says that all of it is done.
pub async fn until(bar: &ProgressBar, done: impl AsyncFn() -> u64) {
    let all = bar.length().unwrap_or(0);
    loop {
        let now = done().await;
        bar.set_position(now.min(all));
        if now >= all {
            return bar.finish();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the segments hold: they are as long as they were reserved, and the rest is zero.
pub fn log_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let content = fs::read(entry?.path())?;
        bytes += content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
    }
    Ok(bytes)
}

/// The most memory that the process held since it began, or since [`forget_peak`], in bytes.
pub fn peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? << 10)
}

/// What is held just now counts as the most from here on.
pub fn forget_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// For people.
pub fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

/// Durations in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// Of these.
    pub fn new(micros: impl IntoIterator<Item = u64>) -> Self {
        let mut all: Vec<_> = micros.into_iter().collect();
        all.sort_unstable();
        Self(all)
    }

    /// All of both.
    pub fn and(self, other: Self) -> Self {
        Self::new(self.0.into_iter().chain(other.0))
    }

    /// What so many of a hundred are at or below, in milliseconds.
    pub fn percentile(&self, percent: f64) -> f64 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of a list")]
        let at = (self.0.len() as f64 * percent / 100.0) as usize;
        self.0.get(at.min(self.0.len().saturating_sub(1))).map_or(0.0, |micros| *micros as f64 / 1e3)
    }
}
