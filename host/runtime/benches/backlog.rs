//! A backlog of a million events: one subscription is far behind, another at the tail; then a thousand catch up at once.
//!
//! Run with `cargo xtask bench backlog`.

mod common;

use common::{Latencies, Reading, Result, Table, count, counted, event, forget_peak, log_bytes, mib, number, peak, progress, run, until};
use oyez::{DeliveryState, Host, HostBuilder, Storage, Subscription};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep_until;

/// Types of events, and subscriptions that catch up: each takes one type.
const TYPES: usize = 1_000;
/// How long the slow one holds its slot.
const SLOW: Duration = Duration::from_millis(10);
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
    let half = (events / 2).max(1);
    let folder = tempfile::tempdir()?;
    let data = |name: &str| folder.path().join(name);
    let rate = capacity(&data("capacity"), (events / 10).max(1)).await?;
    // At half of what it can: what is measured is how long an event takes, not how long a queue is.
    let every = Duration::from_secs_f64(2.0 / rate);
    let alone = flow(&data("before"), half, every, false).await?.latencies;
    std::fs::remove_dir_all(data("before"))?;
    forget_peak()?;
    let beside = flow(&data("beside"), events, every, true).await?;
    let peak_beside = peak()?;
    let alone = alone.and(flow(&data("after"), half, every, false).await?.latencies);
    forget_peak()?;
    let caught_up = catch_up(&data("beside"), events).await?;
    let peak_catching_up = peak()?;

    let mut table = Table::default();
    let p = |latencies: &Latencies| format!("{:.2} ms, {:.2} ms", latencies.percentile(50.0), latencies.percentile(99.0));
    table.line("events a second, as fast as they go, and as measured", format!("{rate:.0}, {:.0}", rate / 2.0));
    table.line("the slow one's backlog at the end", format!("{}", beside.behind));
    table.line("publish to handler, alone: p50, p99", p(&alone));
    table.line("publish to handler, beside the slow one: p50, p99", p(&beside.latencies));
    let ratio = beside.latencies.percentile(99.0) / alone.percentile(99.0);
    table.goal("  p99 over that alone", format!("{ratio:.2}"), "at most 2", ratio <= LATENCY_RATIO_MAX);
    table.goal("peak memory", mib(peak_beside), "at most 512 MiB", peak_beside <= PEAK_MAX);
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

/// Since the process began to measure.
fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn publishable(i: usize) -> Result<oyez::cloudevents::Event> {
    event(i, &format!("bench.t{}.v1", i % TYPES), &format!("k{}", i % 512))
}

/// Publishes them, the `i`th not before `i` times `every`.
async fn publish(host: &Host, events: usize, every: Duration, at: impl Fn(usize) + Send + Sync + 'static, bar: indicatif::ProgressBar) -> Result<()> {
    let (begun, at) = (tokio::time::Instant::now(), Arc::new(at));
    let produce = |producer: usize| {
        let (host, at, bar) = (host.clone(), Arc::clone(&at), bar.clone());
        tokio::spawn(async move {
            for i in (producer..events).step_by(PRODUCERS) {
                let event = publishable(i)?;
                sleep_until(begun + every.mul_f64(i as f64)).await;
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
    bar.finish();
    Ok(())
}

/// How many events a second go through.
async fn capacity(data: &Path, events: usize) -> Result<f64> {
    let fast = Subscription::native("fast/on-event", |_, _| async { Ok(Vec::new()) })?.concurrency(64);
    let host = Host::builder().storage(Storage::data_dir(data)).subscribe(fast).start().await?;
    let begun = Instant::now();
    publish(&host, events, Duration::ZERO, |_| {}, progress("as fast as they go", events)).await?;
    while count(&host, DeliveryState::Settled).await < events as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = begun.elapsed();
    host.shutdown().await;
    Ok(events as f64 / took.as_secs_f64())
}

/// What came of a run.
struct Flow {
    /// From publish to the handler of the fast one.
    latencies: Latencies,
    /// Deliveries of the slow one that are not settled at the end.
    behind: u64,
}

/// A fast subscription, with a slow one beside it or not.
async fn flow(data: &Path, events: usize, every: Duration, slow: bool) -> Result<Flow> {
    let begun = Instant::now();
    let published: Arc<Vec<AtomicU64>> = Arc::new((0..events).map(|_| AtomicU64::new(0)).collect());
    let (times, taken) = (Arc::clone(&published), Arc::new(AtomicU64::new(0)));
    let seen = Arc::clone(&taken);
    let fast = Subscription::native("fast/on-event", move |event, _| {
        if let Some(time) = times.get(number(&event)) {
            time.fetch_sub(micros(begun), Ordering::SeqCst);
        }
        seen.fetch_add(1, Ordering::SeqCst);
        async { Ok(Vec::new()) }
    })?;
    let mut builder = Host::builder().storage(Storage::data_dir(data)).grace(Duration::from_secs(1)).subscribe(fast.concurrency(64));
    if slow {
        builder = builder.subscribe(Subscription::native("slow/on-event", |_, _| async {
            tokio::time::sleep(SLOW).await;
            Ok(Vec::new())
        })?);
    }
    let host = builder.start().await?;
    let times = Arc::clone(&published);
    let note = move |i: usize| {
        times[i].fetch_add(micros(begun), Ordering::SeqCst);
    };
    let what = if slow { "beside a slow one" } else { "alone" };
    publish(&host, events, every, note, progress(what, events)).await?;
    until(&progress("until all were taken", events), async || taken.load(Ordering::SeqCst)).await;
    let settled = |id: &'static str| {
        let host = host.clone();
        async move {
            let all = host.subscriptions().await;
            all.iter().find(|s| s.id.to_string() == id).and_then(|s| s.counts.get(&DeliveryState::Settled)).copied().unwrap_or(0)
        }
    };
    let behind = if slow { events as u64 - settled("slow/on-event").await } else { 0 };
    host.shutdown().await;
    // Published minus begun, and so below zero, as it is kept.
    let latencies = Latencies::new(published.iter().map(|time| 0_u64.wrapping_sub(time.load(Ordering::SeqCst))));
    Ok(Flow { latencies, behind })
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
