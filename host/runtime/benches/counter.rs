//! One counter in a plugin's state, incremented by 64 lanes: each event counted once, and what that costs.
//!
//! Run with `cargo xtask bench counter`.

mod common;

use common::{Result, Table, count, event, mib, peak, progress, run, until};
use oyez::event::{Data, Event};
use oyez::{DeliveryState, EventQuery, From, Host, PluginState, Sandbox, Storage};
use std::time::{Duration, Instant};

const LANES: usize = 64;
const TYPE: &str = "test.event.v1";
const ECHOED: &str = "test.echoed.v1";
const SETTINGS: &str = "[grants]\nstate = true\n[[subscription]]\nname = \"on-count\"\nconcurrency = 64\n";
/// In one batch.
const BATCH: usize = 500;

fn main() -> Result<()> {
    let args = common::args();
    let [events, guest] = &args[..] else { return Err("usage: counter EVENTS GUEST.wasm".into()) };
    run(bench(events.parse()?, std::fs::read(guest)?))
}

async fn bench(events: usize, guest: Vec<u8>) -> Result<()> {
    println!("{events} events of {LANES} keys, each of which adds one to the same counter\n");
    let folder = tempfile::tempdir()?;
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins)?;
    std::fs::write(plugins.join("counts.wasm"), guest)?;
    std::fs::write(plugins.join("counts.toml"), SETTINGS)?;
    let sandbox = Sandbox::builder().compile_in_process().build()?;
    let host = Host::builder().storage(Storage::data_dir(folder.path().join("data"))).plugins(plugins).sandbox(sandbox).start().await?;
    while !host.plugins().await.iter().any(|plugin| plugin.state == PluginState::Running) || host.subscriptions().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begun = Instant::now();
    let (publisher, bar) = (host.clone(), progress("publish", events));
    let published = tokio::spawn(async move {
        for from in (0..events).step_by(BATCH) {
            let batch = (from..events.min(from + BATCH)).map(|i| event(i, TYPE, &format!("k{}", i % LANES))).collect::<Result<Vec<_>>>()?;
            bar.inc(batch.len() as u64);
            publisher.publish_batch(batch).await?;
        }
        bar.finish_and_clear();
        Result::Ok(())
    });
    until(&progress("count", events), async || count(&host, DeliveryState::Settled).await).await;
    let took = begun.elapsed();
    published.await??;
    let overtaken = host.counters().await.overtaken;
    let counts = counts(&host).await?;
    let dead = count(&host, DeliveryState::Dead).await;
    host.shutdown().await;

    let exact = dead == 0 && counts.iter().copied().eq(1..=events as u64);
    let mut table = Table::default();
    table.line("events a second", format!("{:.0}", events as f64 / took.as_secs_f64()));
    table.line("runs that were overtaken, and repeated", format!("{overtaken} ({:.2} an event)", overtaken as f64 / events as f64));
    table.goal("the counter at the end", format!("{}", counts.last().copied().unwrap_or(0)), &format!("{events}, each number once, in order"), exact);
    table.line("peak memory", mib(peak()?));
    table.print();
    if exact { Ok(()) } else { Err("the counter is not exact".into()) }
}

/// What the guest said that it counted, in the order of the log.
async fn counts(host: &Host) -> Result<Vec<u64>> {
    let query = EventQuery { ty: Some(ECHOED.to_owned()), ..EventQuery::default() };
    let (mut counts, mut from) = (Vec::new(), host.place(From::Beginning).await?);
    loop {
        let page = host.events(&query, from, 10_000).await?;
        counts.extend(page.items.iter().filter_map(|recorded| counted(&recorded.event)));
        match page.next {
            Some(next) => from = next,
            None => return Ok(counts),
        }
    }
}

/// The number in `{"count":7,"counter":"all"}`.
fn counted(event: &Event) -> Option<u64> {
    let Some(Data::Text(text)) = event.data() else { return None };
    let rest = text.split_once("\"count\":")?.1;
    rest.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}
