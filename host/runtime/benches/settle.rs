//! Durable events a second, from publish to settlement, and the same bytes appended to a bare file in the same run.
//!
//! Run with `cargo xtask bench`.

use oyez::cloudevents::{EventBuilder, EventBuilderV10};
use oyez::{DeliveryState, Host, Sandbox, Storage, Subscription};
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

const PRODUCERS: usize = 1_000;
const DATA_BYTES: usize = 1_024;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One measurement.
struct Measured {
    accepted: Duration,
    settled: Duration,
    log_bytes: u64,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [events, guest] = &args[..] else { return Err("usage: settle EVENTS GUEST.wasm".into()) };
    let (events, guest) = (events.parse()?, std::fs::read(guest)?);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(events, &guest))
}

async fn run(events: usize, guest: &[u8]) -> Result<()> {
    println!("{events} events of {DATA_BYTES} bytes, {PRODUCERS} producers that wait for their receipts\n");
    let native = through_a_host(events, None).await?;
    let wasm = through_a_host(events, Some(guest)).await?;
    for (name, measured) in [("native handler", &native), ("wasm handler", &wasm)] {
        let bytes = measured.log_bytes / events as u64;
        let raw = raw_append(events, usize::try_from(bytes)?).await?;
        let rate = |took: Duration| events as f64 / took.as_secs_f64();
        println!("{name}: {bytes} bytes of log an event");
        println!("  accepted          {:>10.0} events/s   {:.2} of raw", rate(measured.accepted), rate(measured.accepted) / rate(raw));
        println!("  settled           {:>10.0} events/s   {:.2} of raw", rate(measured.settled), rate(measured.settled) / rate(raw));
        println!("  raw append        {:>10.0} events/s   1.00", rate(raw));
    }
    Ok(())
}

fn event(i: usize) -> Result<oyez::cloudevents::Event> {
    let data = "x".repeat(DATA_BYTES);
    let event = EventBuilderV10::new().id(i.to_string()).source("/bench").ty("test.event.v1").subject(format!("k{}", i % 512));
    Ok(event.data("text/plain", data).build()?)
}

async fn through_a_host(events: usize, guest: Option<&[u8]>) -> Result<Measured> {
    let folder = tempfile::tempdir()?;
    let mut builder = Host::builder().storage(Storage::data_dir(folder.path().join("data")));
    if let Some(guest) = guest {
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        std::fs::write(plugins.join("count.wasm"), guest)?;
        std::fs::write(plugins.join("count.toml"), "[[subscription]]\nname = \"on-nothing\"\nconcurrency = 64\n")?;
        builder = builder.plugins(plugins).sandbox(Sandbox::builder().compile_in_process().build()?);
    } else {
        builder = builder.subscribe(Subscription::native("bench/on-event", |_, _| async { Ok(Vec::new()) })?.concurrency(64));
    }
    let host = builder.start().await?;
    while host.subscriptions().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begun = Instant::now();
    let producers: Vec<_> = (0..PRODUCERS).map(|producer| tokio::spawn(produce(host.clone(), producer, events))).collect();
    for producer in producers {
        producer.await??;
    }
    let accepted = begun.elapsed();
    while settled(&host).await < events as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let settled = begun.elapsed();
    host.shutdown().await;
    Ok(Measured { accepted, settled, log_bytes: log_bytes(&folder.path().join("data/log"))? })
}

async fn produce(host: Host, producer: usize, events: usize) -> std::result::Result<(), String> {
    for i in (producer..events).step_by(PRODUCERS) {
        let event = event(i).map_err(|error| error.to_string())?;
        host.publish(event).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn settled(host: &Host) -> u64 {
    host.subscriptions().await.iter().filter_map(|s| s.counts.get(&DeliveryState::Settled)).sum()
}

/// What the segments hold: they are as long as they were reserved, and the rest is zero.
fn log_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let content = std::fs::read(entry?.path())?;
        bytes += content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
    }
    Ok(bytes)
}

/// As many appends of so many bytes, each answered once its group is synced.
async fn raw_append(events: usize, bytes: usize) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("raw"))?;
    let (queue, mut waiting) = mpsc::unbounded_channel::<(Vec<u8>, oneshot::Sender<()>)>();
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        let (mut batch, mut group) = (Vec::new(), Vec::new());
        while waiting.blocking_recv_many(&mut batch, 8_192) > 0 {
            group.clear();
            batch.iter().for_each(|(bytes, _)| group.extend_from_slice(bytes));
            file.write_all(&group)?;
            file.sync_data()?;
            for (_, done) in batch.drain(..) {
                let _ = done.send(());
            }
        }
        Ok(())
    });
    let begun = Instant::now();
    let produce = |producer| {
        let queue = queue.clone();
        tokio::spawn(async move {
            for _ in (producer..events).step_by(PRODUCERS) {
                let (done, synced) = oneshot::channel();
                let _ = queue.send((vec![7; bytes], done));
                let _ = synced.await;
            }
        })
    };
    let producers: Vec<_> = (0..PRODUCERS).map(produce).collect();
    drop(queue);
    for producer in producers {
        producer.await?;
    }
    let took = begun.elapsed();
    writer.join().map_err(|_| "the writer panicked")??;
    Ok(took)
}
