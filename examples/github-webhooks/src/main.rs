//! You will learn how to embed the host: publish events from Rust, let a Wasm plugin react, and read what it said.
//!
//! Run with `cargo xtask demo webhooks`, which fetches the webhooks by npm and builds the plugin.

use oyez::cloudevents::AttributesReader;
use oyez::{DeliveryState, EventQuery, From, Host, Sandbox, Storage};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const LABELLED: &str = "com.github.triage.labelled.v1";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [index, plugin] = &args[..] else { return Err("usage: github-webhooks INDEX.json PLUGIN.wasm".into()) };
    let webhooks = github_webhooks::events(&std::fs::read_to_string(index)?)?;

    // A host of its own in a temporary folder, with one plugin in it.
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("plugins"))?;
    std::fs::copy(plugin, folder.path().join("plugins/github-triage.wasm"))?;
    let host = Host::builder()
        .storage(Storage::data_dir(folder.path().join("data")))
        .plugins(folder.path().join("plugins"))
        .sandbox(Sandbox::builder().compile_in_process().build()?)
        .start()
        .await?;
    until(|| async { host.readiness().is_ready() }).await?;

    let begun = Instant::now();
    let mut by_type = BTreeMap::<String, usize>::new();
    for webhook in webhooks.clone() {
        *by_type.entry(webhook.ty().to_owned()).or_default() += 1;
        host.publish(webhook).await?;
    }
    println!("{} webhooks of {} types published in {} ms; the most frequent:", webhooks.len(), by_type.len(), begun.elapsed().as_millis());
    let mut frequent: Vec<_> = by_type.into_iter().collect();
    frequent.sort_by_key(|(ty, n)| (std::cmp::Reverse(*n), ty.clone()));
    frequent.iter().take(5).for_each(|(ty, n)| println!("{n:>5} {ty}"));

    // Every one is read back equal, in order.
    let start = host.place(From::Beginning).await?;
    let log = host.events(&EventQuery::default(), start, 1_000).await?;
    let read: Vec<_> = log.items.into_iter().filter(|recorded| recorded.lineage.is_none()).map(|recorded| recorded.event).collect();
    let sent = webhooks.into_iter().map(oyez::Event::try_from).collect::<Result<Vec<_>, _>>()?;
    if read != sent {
        return Err("what was read back is not what was published".into());
    }
    println!("read back: {} of them, all equal", read.len());

    until(|| async { host.subscriptions().await.iter().all(|s| s.lag == 0 && s.counts.get(&DeliveryState::Pending) == Some(&0)) }).await?;
    println!("what github-triage said of the issues that were opened:");
    let said = host.events(&EventQuery { ty: Some(LABELLED.to_owned()), ..EventQuery::default() }, start, 100).await?;
    for recorded in said.items {
        let text = recorded.event.data().map(|data| String::from_utf8_lossy(data.as_bytes()).into_owned()).unwrap_or_default();
        println!("{:>5} {} {text}", recorded.sequence.to_string(), recorded.event.subject().unwrap_or_default());
    }
    host.shutdown().await;
    Ok(())
}

/// Asks every few milliseconds, for half a minute at most.
async fn until<F: Future<Output = bool>>(is: impl Fn() -> F) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    while !is().await {
        if begun.elapsed() > Duration::from_secs(30) {
            return Err("the host did not come to rest within half a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
