//! A plugin that fails again and again.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez::{DeliveryState, Failure, Host, PluginState, Retry, Storage, Subscription};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

fn event(id: u32) -> cloudevents::Event {
    use cloudevents::{EventBuilder, EventBuilderV10};
    EventBuilderV10::new().id(id.to_string()).source("/test").ty("test.event.v1").build().unwrap()
}

async fn until(host: &Host, what: &str, mut is: impl FnMut(PluginState) -> bool) {
    let waiting = async {
        while !host.plugins().await.iter().any(|plugin| plugin.name == "flaky" && is(plugin.state)) {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), waiting).await.is_ok(), "no {what}");
}

async fn count(host: &Host, state: DeliveryState) -> u64 {
    host.subscriptions().await.iter().filter(|subscription| subscription.id.plugin.as_str() == "flaky").map(|s| s.counts[&state]).sum()
}

/// A subscriber that fails while it is told to; counts its runs.
fn flaky(fails: &Arc<AtomicBool>, runs: &Arc<AtomicU32>) -> Subscription {
    let (fails, runs) = (Arc::clone(fails), Arc::clone(runs));
    let retry = Retry { attempts: 1_000, delay: Duration::from_millis(1), delay_max: Duration::from_millis(1), ..Retry::default() };
    let handle = move |_, _: oyez::Delivered| {
        runs.fetch_add(1, Ordering::Relaxed);
        let failed = fails.load(Ordering::Relaxed);
        async move { if failed { Err(Failure::retry("the bank is closed")) } else { Ok(Vec::new()) } }
    };
    Subscription::native("flaky/on-event", handle).unwrap().retry(retry)
}

#[tokio::test]
async fn it_is_held_back_with_its_backlog_and_goes_on_by_itself_or_by_hand() {
    let (fails, runs) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let host = Host::builder().storage(Storage::memory()).subscribe(flaky(&fails, &runs)).start().await.unwrap();
    for id in 0..200 {
        host.publish(event(id)).await.unwrap();
    }
    until(&host, "quarantine", |state| state == PluginState::Quarantined).await;
    let reason = host.plugins().await[0].reason.clone().unwrap();
    assert!(reason.contains("the bank is closed") && reason.contains("oyez plugins resume"), "{reason}");
    assert_eq!(count(&host, DeliveryState::Dead).await, 0);
    // Held back, it runs a probe now and then, and no more: by hand it runs freely, and is held back again.
    let before = runs.load(Ordering::Relaxed);
    host.pause("flaky", false).await.unwrap();
    until(&host, "quarantine by hand ended", |state| state == PluginState::Quarantined && runs.load(Ordering::Relaxed) > before + 50).await;
    // A probe completes: so does the rest.
    fails.store(false, Ordering::Relaxed);
    until(&host, "end of the quarantine", |state| state == PluginState::Running).await;
    while count(&host, DeliveryState::Settled).await < 200 {
        tokio::task::yield_now().await;
    }
    host.shutdown().await;
}
