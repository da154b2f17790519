//! A log that does not keep all.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use cloudevents::{EventBuilder, EventBuilderV10};
use oyez::{DeadMatch, Delivered, DeliveryState, Failure, From, Host, OnFull, Retention, Retry, Sequence, Storage, Subscription};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

const MIB: usize = 1 << 20;

fn event(id: usize) -> cloudevents::Event {
    sized(id, 16 << 10)
}

fn sized(id: usize, bytes: usize) -> cloudevents::Event {
    let data = "x".repeat(bytes);
    EventBuilderV10::new().id(id.to_string()).source("/test").ty("test.event.v1").subject("s").data("text/plain", data).build().unwrap()
}

/// A subscriber that does one event a permit; it rejects the first event.
fn gated(gate: &Arc<Semaphore>) -> Subscription {
    let gate = Arc::clone(gate);
    let handle = move |event: cloudevents::Event, _: Delivered| {
        let gate = Arc::clone(&gate);
        async move {
            use cloudevents::AttributesReader;
            gate.acquire().await.map_err(Failure::retry)?.forget();
            if event.id() == "0" { Err(Failure::reject("not this one")) } else { Ok(Vec::new()) }
        }
    };
    Subscription::native("slow/on-event", handle).unwrap().retry(Retry::default())
}

fn quick() -> Subscription {
    Subscription::native("quick/on-event", |_, _: Delivered| async { Ok::<_, Failure>(Vec::new()) }).unwrap()
}

async fn host(folder: &Path, retention: Retention, gate: &Arc<Semaphore>) -> Host {
    let builder = Host::builder().storage(Storage::data_dir(folder)).retention(retention).grace(Duration::ZERO);
    builder.subscribe(gated(gate)).subscribe(quick()).start().await.unwrap()
}

async fn publish(host: &Host, ids: std::ops::Range<usize>) {
    for id in ids {
        host.publish(event(id)).await.unwrap();
    }
}

/// (settled, dead, missed) of a subscription.
async fn counts(host: &Host, plugin: &str) -> (u64, u64, u64) {
    let all = host.subscriptions().await;
    let one = all.iter().find(|subscription| subscription.id.plugin.as_str() == plugin).unwrap();
    (one.counts[&DeliveryState::Settled], one.counts[&DeliveryState::Dead], one.gaps.iter().map(|gap| gap.events).sum())
}

async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    let waiting = async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waiting).await.is_ok(), "no {what}");
}

async fn first(host: &Host) -> Sequence {
    host.place(From::Beginning).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_is_behind_misses_what_goes_and_gets_what_it_had_taken_and_each_is_counted() {
    // More than it takes into its hands.
    const EVENTS: usize = 8_000;
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Semaphore::new(1));
    let retention = Retention { keep_bytes: Some(4 * MIB as u64), ..Retention::default() };
    let running = host(folder.path(), retention, &gate).await;
    for from in (0..EVENTS).step_by(100) {
        running.publish_batch((from..from + 100).map(|id| sized(id, 2 << 10)).collect()).await.unwrap();
    }
    until("gap", || async { counts(&running, "slow").await.2 > 0 }).await;
    // On a busy machine the quick one is behind for a moment too.
    let quick = || async {
        let (settled, dead, missed) = counts(&running, "quick").await;
        settled > 1_000 && settled + dead + missed == EVENTS as u64
    };
    until("quick one", quick).await;
    until("end of the oldest", || async { first(&running).await > Sequence(100) }).await;
    let kept = first(&running).await;
    // Its dead letter has a copy of its own, and so has what it had taken.
    let dead = running.dead(&DeadMatch::default(), None, 10).unwrap().items;
    assert_eq!((dead.len(), dead[0].sequence < kept), (1, true));
    running.shutdown().await;
    drop(running);

    let running = host(folder.path(), retention, &gate).await;
    gate.add_permits(10 * EVENTS);
    let all = || async {
        let (settled, dead, missed) = counts(&running, "slow").await;
        assert!(settled + dead + missed <= EVENTS as u64, "settled {settled}, dead {dead}, missed {missed}");
        settled + dead + missed == EVENTS as u64
    };
    until("end of the backlog", all).await;
    let (settled, dead, missed) = counts(&running, "slow").await;
    assert!(dead == 1 && missed > 100 && settled > 100, "settled {settled}, missed {missed}");
    let rebuilt = running.rebuild("slow", From::Sequence(Sequence(1)), oyez::RebuildOptions::default()).await.unwrap_err();
    assert_eq!(rebuilt.code(), "not-in-the-log");
    let letter = &running.dead(&DeadMatch::default(), None, 10).unwrap().items[0];
    running.redrive(&letter.id).await.unwrap();
    until("second death", || async { running.dead(&DeadMatch::default(), None, 10).unwrap().items.first().is_some_and(|l| l.died > letter.died) })
        .await;
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_gaps_are_refused_producers_are_until_all_have_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Semaphore::new(0));
    let retention = Retention { keep_bytes: Some(4 * MIB as u64), on_full: OnFull::Refuse, ..Retention::default() };
    let host = host(folder.path(), retention, &gate).await;
    let mut published = 0;
    let refused = loop {
        match host.publish(event(published)).await {
            Ok(_) => published += 1,
            Err(error) => break error,
        }
        if published > 300 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(refused.code(), "log-full");
    assert!(refused.to_string().contains("slow/on-event") && !host.readiness().is_ready(), "{refused}");
    gate.add_permits(100_000);
    until("room", || async { host.publish(event(published)).await.is_ok() }).await;
    until("end", || async { counts(&host, "slow").await == (published as u64, 1, 0) }).await;
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_old_goes_though_little_comes_and_ids_go_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Semaphore::new(100));
    let retention = Retention { keep_age: Some(Duration::from_secs(1)), ..Retention::default() };
    let builder = Host::builder().storage(Storage::data_dir(folder.path())).retention(retention).dedup_window(Duration::from_secs(1));
    let host = builder.subscribe(gated(&gate)).start().await.unwrap();
    publish(&host, 0..10).await;
    assert!(host.publish(event(1)).await.unwrap().duplicate);
    until("empty log", || async { first(&host).await > Sequence(10) }).await;
    assert_eq!(counts(&host, "slow").await, (9, 1, 0));
    until("end of the ids", || async { host.find("1", None).unwrap().is_empty() }).await;
    assert!(!host.publish(event(1)).await.unwrap().duplicate);
    host.shutdown().await;
    drop(host);
    // It is opened again as it is, and goes on.
    let retention = Retention { keep_age: Some(Duration::from_secs(3_600)), ..Retention::default() };
    let builder = Host::builder().storage(Storage::data_dir(folder.path())).retention(retention);
    let host = builder.subscribe(gated(&gate)).start().await.unwrap();
    publish(&host, 20..30).await;
    until("the rest", || async { counts(&host, "slow").await == (20, 1, 0) }).await;
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_behind_holds_what_is_too_old_for_so_long() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Semaphore::new(0));
    let held = Retention { keep_age: Some(Duration::from_millis(100)), hold: Duration::from_secs(6), ..Retention::default() };
    let host = host(folder.path(), held, &gate).await;
    publish(&host, 0..5).await;
    let begun = std::time::Instant::now();
    until("gap, or rows instead of one", || async { first(&host).await > Sequence(5) }).await;
    assert!(begun.elapsed() >= Duration::from_secs(5), "it was let go of after {:?}", begun.elapsed());
    // All of it was taken before: so nothing is missed.
    gate.add_permits(100);
    until("end", || async { counts(&host, "slow").await == (4, 1, 0) }).await;
    host.shutdown().await;
}
