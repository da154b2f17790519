//! What the benchmarks do with a million events, done with a few: no times, only that every event is taken once, and in order.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez::cloudevents::{AttributesReader, Event, EventBuilder, EventBuilderV10};
use oyez::{DeadMatch, DeliveryState, Failure, Host, OnDead, Retry, Storage, Subscription};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const EVENTS: usize = 3_000;
const TYPES: usize = 100;
const KEYS: usize = 7;

/// What each subscription was given, by key, in order.
type Taken = Arc<Mutex<BTreeMap<String, BTreeMap<String, Vec<usize>>>>>;

fn event(i: usize) -> Event {
    let event = EventBuilderV10::new().id(i.to_string()).source("/tests").ty(format!("t{}", i % TYPES)).subject(format!("k{}", i % KEYS));
    event.build().unwrap()
}

fn note(taken: &Taken, who: &str, event: &Event) {
    let mut taken = taken.lock().unwrap();
    let by_key = taken.entry(who.to_owned()).or_default();
    by_key.entry(event.subject().unwrap().to_owned()).or_default().push(event.id().parse().unwrap());
}

fn taking(taken: &Taken, who: &str) -> Subscription {
    let (taken, name) = (Arc::clone(taken), who.to_owned());
    let subscription = Subscription::native(who, move |event, _| {
        note(&taken, &name, &event);
        async { Ok(Vec::new()) }
    });
    subscription.unwrap()
}

/// What one that takes these should have been given.
fn all(which: impl Fn(usize) -> bool) -> BTreeMap<String, Vec<usize>> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    (0..EVENTS).filter(|i| which(*i)).for_each(|i| by_key.entry(format!("k{}", i % KEYS)).or_default().push(i));
    by_key
}

async fn publish(host: &Host) {
    for from in (0..EVENTS).step_by(500) {
        host.publish_batch((from..from + 500).map(event).collect()).await.unwrap();
    }
}

async fn until(host: &Host, what: impl Fn(&BTreeMap<DeliveryState, u64>) -> bool) {
    while !host.subscriptions().await.iter().all(|subscription| what(&subscription.counts)) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn builder(data: &Path) -> oyez::HostBuilder {
    Host::builder().storage(Storage::data_dir(data))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_slow_one_that_is_fast_and_a_hundred_that_come_later_take_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, gate) = (Taken::default(), Arc::new(tokio::sync::Semaphore::new(0)));
    let opened = Arc::clone(&gate);
    let seen = Arc::clone(&taken);
    // Stands until the other one is done, and then has it all before it.
    let slow = Subscription::native("slow/on-event", move |event, _| {
        let (opened, seen) = (Arc::clone(&opened), Arc::clone(&seen));
        async move {
            let _ = opened.acquire().await;
            note(&seen, "slow/on-event", &event);
            Ok(Vec::new())
        }
    });
    let host = builder(folder.path()).subscribe(slow.unwrap()).subscribe(taking(&taken, "fast/on-event")).start().await.unwrap();
    publish(&host).await;
    while taken.lock().unwrap().get("fast/on-event").is_none_or(|by_key| by_key.values().map(Vec::len).sum::<usize>() < EVENTS) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    gate.add_permits(EVENTS);
    until(&host, |counts| counts[&DeliveryState::Settled] == EVENTS as u64).await;
    host.shutdown().await;
    drop(host);
    let late = (0..TYPES).map(|ty| taking(&taken, &format!("late/on-{ty}")).exact("type", &format!("t{ty}")).unwrap().from_beginning());
    let host = late.fold(builder(folder.path()), oyez::HostBuilder::subscribe).start().await.unwrap();
    until(&host, |counts| counts[&DeliveryState::Settled] >= (EVENTS / TYPES) as u64).await;
    host.shutdown().await;
    let taken = taken.lock().unwrap();
    assert_eq!((&taken["slow/on-event"], &taken["fast/on-event"]), (&all(|_| true), &all(|_| true)));
    assert!((0..TYPES).all(|ty| taken[&format!("late/on-{ty}")] == all(|i| i % TYPES == ty)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_key_flows_in_order_and_the_others_had_not_waited() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, mended) = (Taken::default(), Arc::new(AtomicBool::new(false)));
    let (seen, good) = (Arc::clone(&taken), Arc::clone(&mended));
    let picky = Subscription::native("picky/on-event", move |event, _| {
        let bad = event.subject() == Some("k3") && !good.load(Ordering::SeqCst);
        if !bad {
            note(&seen, "picky/on-event", &event);
        }
        async move { if bad { Err(Failure::reject("not yet")) } else { Ok(Vec::new()) } }
    });
    let picky = picky.unwrap().on_dead(OnDead::Park).retry(Retry { attempts: 1, ..Retry::default() });
    let host = builder(folder.path()).subscribe(picky).start().await.unwrap();
    publish(&host).await;
    let of_key = all(|i| i % KEYS == 3)["k3"].len() as u64;
    until(&host, |counts| (counts[&DeliveryState::Settled], counts[&DeliveryState::Parked]) == (EVENTS as u64 - of_key, of_key - 1)).await;
    assert_eq!(taken.lock().unwrap()["picky/on-event"], all(|i| i % KEYS != 3));
    mended.store(true, Ordering::SeqCst);
    let dead = host.dead(&DeadMatch::default(), None, 10).unwrap().items;
    assert_eq!(dead.len(), 1);
    host.redrive(&dead[0].id).await.unwrap();
    until(&host, |counts| counts[&DeliveryState::Settled] == EVENTS as u64).await;
    host.shutdown().await;
    assert_eq!(taken.lock().unwrap()["picky/on-event"], all(|_| true));
}
