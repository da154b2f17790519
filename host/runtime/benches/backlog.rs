//! A backlog of a million events: one subscription is far behind, another at the tail; then a thousand catch up at once.
//!
//! Run with `cargo xtask bench backlog`.

mod common;

use common::{Latencies, Reading, Result, Table, count, counted, event, forget_peak, log_bytes, mib, number, peak, progress, run, until};
use indicatif::ProgressBar;
use oyez::{DeliveryState, Host, HostBuilder, Storage, Subscription};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep_until;

/// Types of events, and subscriptions that catch up: each takes one type.
const TYPES: usize = 1_000;
/// How long the slow one holds its slot.
const SLOW: Duration = Duration::from_millis(10);
/// How often the two hosts take turns.
const ROUNDS: usize = 10;
/// Events that are under way at once.
const PRODUCERS: usize = 256;
const PEAK_MAX: u64 = 512 << 20;
const LATENCY_RATIO_MAX: f64 = 2.0;
const SCANS_MAX: f64 = 1.5;

fn main() -> Result<()> {
    let args = common::args();
    let [events] = &args[..] else { return Err("usage: backlog EVENTS".into()) };
    run(bench(events.parse()?))
}

async fn bench(events: usize) -> Result<()> {
    println!("{events} events of {} bytes; the slow subscription holds each of its 8 slots for {SLOW:?}\n", common::DATA_BYTES);
    let folder = tempfile::tempdir()?;
    let data = |name: &str| folder.path().join(name);
    let rate = capacity(&data("capacity"), (events / 10).max(1)).await?;
    // At half of what it can: what is measured is how long an event takes, not how long a queue is.
    let every = Duration::from_secs_f64(2.0 / rate);
    let half = events / 2;
    let (alone, beside) = (Stand::start(&data("alone"), half, false).await?, Stand::start(&data("beside"), events, true).await?);
    let bar = progress("alone, and beside a slow one", half + events);
    // They take turns, so that both have the same of the machine.
    let turn = |round: usize, of: usize| of * round / ROUNDS..of * (round + 1) / ROUNDS;
    for round in 0..ROUNDS {
        alone.round(turn(round, half), every, &bar).await?;
        beside.round(turn(round, events), every, &bar).await?;
    }
    bar.finish();
    let behind = beside.behind().await;
    let (before, after) = (alone.latencies(), beside.latencies());
    for Stand { host, .. } in [alone, beside] {
        host.shutdown().await;
    }
    let peak_beside = peak()?;
    forget_peak()?;
    let caught_up = catch_up(&data("beside"), events).await?;
    let peak_catching_up = peak()?;

    let mut table = Table::default();
    let p = |latencies: &Latencies| format!("{:.2} ms, {:.2} ms", latencies.percentile(50.0), latencies.percentile(99.0));
    table.line("events a second, as fast as they go, and as measured", format!("{rate:.0}, {:.0}", rate / 2.0));
    table.line("the slow one's backlog at the end", format!("{behind}"));
    table.line("publish to handler, alone: p50, p99", p(&before));
    table.line("publish to handler, beside the slow one: p50, p99", p(&after));
    let ratio = after.percentile(99.0) / before.percentile(99.0);
    table.goal("  p99 over that alone", format!("{ratio:.2}"), "at most 2", ratio <= LATENCY_RATIO_MAX);
    table.goal("peak memory, of both hosts", mib(peak_beside), "at most 512 MiB", peak_beside <= PEAK_MAX);
    let CaughtUp { took, log_bytes, reading, deliveries } = caught_up;
    table.line(
        format!("{TYPES} subscriptions catch up"),
        format!("{:.1} s, {:.0} deliveries/s", took.as_secs_f64(), deliveries as f64 / took.as_secs_f64()),
    );
    table.line("  the log, and what of it was read", format!("{}, {} in {} reads", mib(log_bytes), mib(reading.bytes), reading.reads));
    let scans = reading.bytes as f64 / log_bytes as f64;
    table.goal("  bytes read over bytes of log", format!("{scans:.2}"), "one scan: at most 1.5", scans <= SCANS_MAX);
    table.goal("  peak memory", mib(peak_catching_up), "at most 512 MiB", peak_catching_up <= PEAK_MAX);
    table.print();
    Ok(())
}

/// Since then.
fn micros(begun: Instant) -> i64 {
    i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX)
}

fn publishable(i: usize) -> Result<oyez::cloudevents::Event> {
    event(i, &format!("bench.t{}.v1", i % TYPES), &format!("k{}", i % 512))
}

/// Publishes them, one after the other at the earliest `every` so often.
async fn publish(host: &Host, events: Range<usize>, every: Duration, at: impl Fn(usize) + Send + Sync + 'static, bar: &ProgressBar) -> Result<()> {
    let (begun, at) = (tokio::time::Instant::now(), Arc::new(at));
    let produce = |producer: usize| {
        let (host, at, bar, events) = (host.clone(), Arc::clone(&at), bar.clone(), events.clone());
        tokio::spawn(async move {
            for i in (events.start + producer..events.end).step_by(PRODUCERS) {
                let event = publishable(i)?;
                sleep_until(begun + every.mul_f64((i - events.start) as f64)).await;
                at(i);
                host.publish(event).await?;
                bar.inc(1);
            }
            Result::Ok(())
        })
    };
    let producers: Vec<_> = (0..PRODUCERS).map(produce).collect();
    for producer in producers {
        producer.await??;
    }
    Ok(())
}

/// How many events a second go through.
async fn capacity(data: &Path, events: usize) -> Result<f64> {
    let fast = Subscription::native("fast/on-event", |_, _| async { Ok(Vec::new()) })?.concurrency(64);
    let host = Host::builder().storage(Storage::data_dir(data)).subscribe(fast).start().await?;
    let begun = Instant::now();
    let bar = progress("as fast as they go", events);
    publish(&host, 0..events, Duration::ZERO, |_| {}, &bar).await?;
    bar.finish();
    while count(&host, DeliveryState::Settled).await < events as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = begun.elapsed();
    host.shutdown().await;
    Ok(events as f64 / took.as_secs_f64())
}

/// A host with a fast subscription, and a slow one beside it or not.
struct Stand {
    host: Host,
    begun: Instant,
    /// From publish to the handler of the fast one, of each event, in microseconds; below zero until it is there.
    times: Arc<Vec<AtomicI64>>,
    taken: Arc<AtomicU64>,
    /// Closed, the slow one holds its slots, and does nothing at all.
    gate: watch::Sender<bool>,
}

impl Stand {
    async fn start(data: &Path, events: usize, slow: bool) -> Result<Self> {
        let begun = Instant::now();
        let times: Arc<Vec<AtomicI64>> = Arc::new((0..events).map(|_| AtomicI64::new(0)).collect());
        let taken = Arc::new(AtomicU64::new(0));
        let (all, seen) = (Arc::clone(&times), Arc::clone(&taken));
        let fast = Subscription::native("fast/on-event", move |event, _| {
            if let Some(time) = all.get(number(&event)) {
                time.fetch_add(micros(begun), Ordering::SeqCst);
            }
            seen.fetch_add(1, Ordering::SeqCst);
            async { Ok(Vec::new()) }
        })?;
        let (gate, opened) = watch::channel(false);
        let mut builder = Host::builder().storage(Storage::data_dir(data)).grace(Duration::from_secs(1)).subscribe(fast.concurrency(64));
        if slow {
            let slow = Subscription::native("slow/on-event", move |_, _| {
                let mut opened = opened.clone();
                async move {
                    tokio::time::sleep(SLOW).await;
                    drop(opened.wait_for(|open| *open).await);
                    Ok(Vec::new())
                }
            });
            builder = builder.subscribe(slow?);
        }
        Ok(Self { host: builder.start().await?, begun, times, taken, gate })
    }

    /// Publishes these, and waits until the fast one has taken them.
    async fn round(&self, events: Range<usize>, every: Duration, bar: &ProgressBar) -> Result<()> {
        self.gate.send_replace(true);
        let (times, begun, end) = (Arc::clone(&self.times), self.begun, events.end as u64);
        let note = move |i: usize| {
            times[i].fetch_sub(micros(begun), Ordering::SeqCst);
        };
        publish(&self.host, events, every, note, bar).await?;
        while self.taken.load(Ordering::SeqCst) < end {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.gate.send_replace(false);
        Ok(())
    }

    fn latencies(&self) -> Latencies {
        Latencies::new(self.times.iter().map(|time| u64::try_from(time.load(Ordering::SeqCst)).unwrap_or(0)))
    }

    /// Deliveries of the slow one that are not settled.
    async fn behind(&self) -> u64 {
        let all = self.host.subscriptions().await;
        let settled = |id: &str| all.iter().find(|s| s.id.to_string() == id).and_then(|s| s.counts.get(&DeliveryState::Settled)).copied();
        settled("fast/on-event").unwrap_or(0) - settled("slow/on-event").unwrap_or(0)
    }
}

/// What catching up came to.
struct CaughtUp {
    took: Duration,
    log_bytes: u64,
    reading: Reading,
    deliveries: usize,
}

/// Starts again with a thousand subscriptions that have everything before them.
async fn catch_up(data: &Path, events: usize) -> Result<CaughtUp> {
    let taken = Arc::new(AtomicU64::new(0));
    let mut late = Vec::with_capacity(TYPES);
    for i in 0..TYPES {
        let taken = Arc::clone(&taken);
        let subscription = Subscription::native(&format!("late/on-{i}"), move |_, _| {
            taken.fetch_add(1, Ordering::SeqCst);
            async { Ok(Vec::new()) }
        })?;
        late.push(subscription.exact("type", &format!("bench.t{i}.v1"))?.from_beginning());
    }
    // To open a log is to read it once, which is not counted below.
    let opening = Reading::now();
    Host::builder().storage(Storage::wrapped(data, counted)).start().await?.shutdown().await;
    let opening = Reading::since(opening);
    let (begun, before) = (Instant::now(), Reading::now());
    let builder = Host::builder().storage(Storage::wrapped(data, counted));
    let host = late.into_iter().fold(builder, HostBuilder::subscribe).start().await?;
    until(&progress("a thousand catch up", events), async || taken.load(Ordering::SeqCst)).await;
    let (took, reading) = (begun.elapsed(), Reading::since(before).without(opening));
    host.shutdown().await;
    Ok(CaughtUp { took, log_bytes: log_bytes(&data.join("log"))?, reading, deliveries: events })
}
