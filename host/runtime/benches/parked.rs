//! A key that is parked with a million events behind it: what other keys pay for it, and how it flows again.
//!
//! Run with `cargo xtask bench parked`.

mod common;

use common::{Result, Table, count, event, forget_peak, mib, number, peak, progress, run, until};
use oyez::{DeadMatch, DeliveryState, Failure, Host, OnDead, Retry, Storage, Subscription};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const TYPE: &str = "bench.event.v1";
/// What nobody takes.
const OTHER: &str = "bench.other.v1";
const PARKED: &str = "parked";
/// Rounds in which the hosts take turns, and what each brings to each.
const ROUNDS: usize = 5;
const ROUND_EVENTS: usize = 20_000;
const PRODUCERS: usize = 1_000;
/// In one batch, for what is not measured.
const BATCH: usize = 500;
const RATIO_MAX: f64 = 1.15;
const PEAK_MAX: u64 = 512 << 20;

fn main() -> Result<()> {
    let args = common::args();
    let [events] = &args[..] else { return Err("usage: parked EVENTS".into()) };
    run(bench(events.parse()?))
}

/// A host with one subscription, and what that saw of the parked key.
struct Park {
    host: Host,
    mended: Arc<AtomicBool>,
    /// The number that the key's next event has if it flows in order.
    next: Arc<AtomicU64>,
    /// Events of the key that came out of order.
    wrong: Arc<AtomicU64>,
}

impl Park {
    async fn start(data: &Path) -> Result<Self> {
        let [next, wrong] = [0, 0].map(|n| Arc::new(AtomicU64::new(n)));
        let mended = Arc::new(AtomicBool::new(false));
        let (good, at, bad) = (Arc::clone(&mended), Arc::clone(&next), Arc::clone(&wrong));
        let handler = Subscription::native("park/on-event", move |event, _| {
            use oyez::cloudevents::AttributesReader;
            let is_parked = event.subject() == Some(PARKED);
            let done = if !is_parked {
                Ok(Vec::new())
            } else if good.load(Ordering::SeqCst) {
                let n = number(&event) as u64;
                // One after the other: nobody else of the key runs meanwhile.
                bad.fetch_add(u64::from(at.swap(n + 1, Ordering::SeqCst) != n), Ordering::SeqCst);
                Ok(Vec::new())
            } else {
                Err(Failure::reject("not yet mended"))
            };
            async { done }
        })?;
        let handler = handler.exact("type", TYPE)?.on_dead(OnDead::Park).concurrency(64).retry(Retry { attempts: 1, ..Retry::default() });
        let host = Host::builder().storage(Storage::data_dir(data)).subscribe(handler).start().await?;
        Ok(Self { host, mended, next, wrong })
    }

    /// Publishes events of one subject as fast as they go.
    async fn fill(&self, what: &'static str, events: usize, ty: &'static str) -> Result<()> {
        let bar = progress(what, events);
        for from in (0..events).step_by(BATCH) {
            let batch = (from..events.min(from + BATCH)).map(|i| event(i, ty, PARKED)).collect::<Result<Vec<_>>>()?;
            bar.inc(batch.len() as u64);
            self.host.publish_batch(batch).await?;
        }
        bar.finish();
        Ok(())
    }

    /// Publishes events of other keys, and gives back how long it took to settle them.
    async fn round(&self, from: usize) -> Result<Duration> {
        let wanted = count(&self.host, DeliveryState::Settled).await + ROUND_EVENTS as u64;
        let begun = Instant::now();
        let produce = |producer: usize| {
            let host = self.host.clone();
            tokio::spawn(async move {
                for i in (from + producer..from + ROUND_EVENTS).step_by(PRODUCERS) {
                    host.publish(event(i, TYPE, &format!("k{}", i % 512))?).await?;
                }
                Result::Ok(())
            })
        };
        let producers: Vec<_> = (0..PRODUCERS).map(produce).collect();
        for producer in producers {
            producer.await??;
        }
        while count(&self.host, DeliveryState::Settled).await < wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(begun.elapsed())
    }
}

async fn bench(events: usize) -> Result<()> {
    println!("{events} events of one key behind its dead letter; {ROUND_EVENTS} events of other keys a round, with and without them there\n");
    let folder = tempfile::tempdir()?;
    let (with, without) = (Park::start(&folder.path().join("with")).await?, Park::start(&folder.path().join("without")).await?);
    // The first one dies; as many others lie in the other host's log, so that the logs and what is known of ids are alike.
    with.fill("park a key", events + 1, TYPE).await?;
    without.fill("as many for nobody", events + 1, OTHER).await?;
    until(&progress("until they are parked", events), async || count(&with.host, DeliveryState::Parked).await).await;
    let (mut present, mut absent) = (Duration::ZERO, Duration::ZERO);
    let bar = progress("other keys", 2 * ROUNDS * ROUND_EVENTS);
    for round in 0..ROUNDS {
        let from = 2 * events + round * ROUND_EVENTS;
        absent += without.round(from).await?;
        bar.inc(ROUND_EVENTS as u64);
        present += with.round(from).await?;
        bar.inc(ROUND_EVENTS as u64);
    }
    bar.finish();
    without.host.shutdown().await;
    let peak_parked = peak()?;
    forget_peak()?;

    with.mended.store(true, Ordering::SeqCst);
    let [letter] = &with.host.dead(&DeadMatch::default(), None, 10)?.items[..] else { return Err("one is dead".into()) };
    let begun = Instant::now();
    with.host.redrive(&letter.id).await?;
    let others = (ROUNDS * ROUND_EVENTS) as u64;
    let settled = async || count(&with.host, DeliveryState::Settled).await.saturating_sub(others);
    until(&progress("the key flows", events + 1), settled).await;
    let flowed = begun.elapsed();
    let (next, wrong) = (with.next.load(Ordering::SeqCst), with.wrong.load(Ordering::SeqCst));
    let left = count(&with.host, DeliveryState::Parked).await + count(&with.host, DeliveryState::Dead).await;
    with.host.shutdown().await;

    let mut table = Table::default();
    let each = |took: Duration| took.as_secs_f64() * 1e6 / (ROUNDS * ROUND_EVENTS) as f64;
    table.line("a settlement of another key, nothing parked", format!("{:.1} us", each(absent)));
    table.line(format!("the same beside {events} parked"), format!("{:.1} us", each(present)));
    let ratio = each(present) / each(absent);
    table.goal("  over the first", format!("{ratio:.2}"), "at most 1.15", ratio <= RATIO_MAX);
    table.goal("peak memory of both", mib(peak_parked), "at most 512 MiB", peak_parked <= PEAK_MAX);
    table.line("redriven, the key flows", format!("{:.1} s, {:.0} events/s", flowed.as_secs_f64(), events as f64 / flowed.as_secs_f64()));
    let exact = next == events as u64 + 1 && wrong == 0 && left == 0;
    table.goal("  in order, all of them", format!("{next}, {wrong} out of order"), "all, none, and nothing left", exact);
    table.goal("  peak memory", mib(peak()?), "at most 512 MiB", peak()? <= PEAK_MAX);
    table.print();
    if exact { Ok(()) } else { Err("the key did not flow in order, or not all of it".into()) }
}
