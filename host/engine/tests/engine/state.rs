//! The state of the plugins: settlements that are serialisable.

use super::house::{House, event, outcome};
use oyez_engine::{Engine, SettleError, StateTerms};
use oyez_model::port::Snapshot;
use oyez_model::{End, PluginName, Sequence, Settle, StateKey, StateLimit, StateReads, StateWrite, SubscriptionNumber};
use std::sync::Arc;

fn key(key: &str) -> StateKey {
    StateKey::new("b", key)
}

fn snapshot(engine: &Engine) -> Arc<dyn Snapshot> {
    engine.snapshot(PluginName::new("p").unwrap())
}

fn text(snapshot: &dyn Snapshot, name: &str) -> Option<String> {
    snapshot.get(&key(name)).unwrap().map(|(_, value)| String::from_utf8(value).unwrap())
}

/// What a run saw that read these keys.
fn saw(snapshot: &dyn Snapshot, keys: &[&str]) -> StateReads {
    let seen = |name: &&str| (key(name), snapshot.get(&key(name)).unwrap().map(|(version, _)| version));
    StateReads { at: snapshot.at(), keys: keys.iter().map(seen).collect(), ..StateReads::default() }
}

fn terms(reads: StateReads) -> StateTerms {
    StateTerms { reads, bytes_max: 300 }
}

fn writing(mut settle: Settle, writes: &[(&str, Option<&str>)]) -> Settle {
    settle.writes = writes.iter().map(|(name, value)| StateWrite { key: key(name), value: value.map(|value| value.as_bytes().to_vec()) }).collect();
    settle
}

/// A house with events of one subscription to settle.
fn with_events(house: &House, engine: &Engine, n: u32) -> (SubscriptionNumber, Vec<Sequence>) {
    let number = house.subscribe(engine, "p/on-event");
    let events = (0..n).map(|i| event(&i.to_string())).collect();
    (number, house.publish(engine, events).unwrap().iter().map(|receipt| receipt.sequence).collect())
}

#[test]
fn a_settlement_whose_reads_were_overtaken_is_void_whatever_it_came_to() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, 4);
    let one = saw(&*snapshot(&engine), &["n"]);
    let other = saw(&*snapshot(&engine), &["n"]);
    let settle = |i: usize, end, reads: &StateReads, writes: &[(&str, Option<&str>)]| {
        house.settle_on(&engine, writing(outcome(number, at[i], 1, end), writes), terms(reads.clone()))
    };
    settle(0, End::Settled, &one, &[("n", Some("1"))]).unwrap();
    assert_eq!(settle(1, End::Settled, &other, &[("n", Some("1"))]), Err(SettleError::Overtaken));
    assert_eq!(settle(1, End::Dead, &other, &[]), Err(SettleError::Overtaken), "what failed had seen it too");
    // An absent key is read as well; and a listing sees keys that come.
    let absent = saw(&*snapshot(&engine), &["m"]);
    let now = snapshot(&engine);
    let listing = StateReads { at: now.at(), listed: ["b".to_owned()].into(), ..StateReads::default() };
    settle(1, End::Settled, &saw(&*now, &["n"]), &[("m", Some("x"))]).unwrap();
    assert_eq!(settle(2, End::Settled, &absent, &[]), Err(SettleError::Overtaken));
    assert_eq!(settle(2, End::Settled, &listing, &[]), Err(SettleError::Overtaken));
    settle(2, End::Settled, &StateReads::default(), &[("m", None)]).unwrap();
    assert_eq!(text(&*snapshot(&engine), "m"), None);
}

#[test]
fn two_that_read_both_keys_and_write_one_each_do_not_both_get_through() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, 2);
    let reads = saw(&*snapshot(&engine), &["alice", "bob"]);
    let leave =
        |i: usize, who: &str| house.settle_on(&engine, writing(outcome(number, at[i], 1, End::Settled), &[(who, Some("off"))]), terms(reads.clone()));
    leave(0, "alice").unwrap();
    assert_eq!(leave(1, "bob"), Err(SettleError::Overtaken));
}

#[test]
fn settlements_of_one_group_see_each_other() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, 50);
    let reads = saw(&*snapshot(&engine), &["n"]);
    let answers: Vec<_> = at
        .iter()
        .map(|sequence| {
            let (reply, answer) = tokio::sync::oneshot::channel();
            let settle = writing(outcome(number, *sequence, 1, End::Settled), &[("n", Some("1"))]);
            let recorded = Arc::new(engine.event(*sequence).unwrap());
            engine.settle(Box::new(settle), terms(reads.clone()), recorded, Box::new(move |result| drop(reply.send(result))));
            answer
        })
        .collect();
    let through = answers.into_iter().filter(|_| true).map(|answer| house.runtime.block_on(answer).unwrap()).filter(Result::is_ok).count();
    assert_eq!(through, 1);
}

#[test]
fn a_plugin_keeps_no_more_than_it_may_and_nothing_of_what_is_refused_is_written() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, 4);
    let settle = |i: usize, writes: &[(&str, Option<&str>)]| {
        house.settle_on(&engine, writing(outcome(number, at[i], 1, End::Settled), writes), terms(StateReads::default()))
    };
    let long = "x".repeat(124);
    settle(0, &[("one", Some(&long))]).unwrap();
    let over = settle(1, &[("a", Some("small")), ("two", Some(&long))]);
    assert_eq!(over, Err(SettleError::State(StateLimit::Quota { wanted: 455, max: 300 })));
    assert_eq!((text(&*snapshot(&engine), "a"), text(&*snapshot(&engine), "two")), (None, None));
    settle(1, &[("one", None), ("two", Some(&long))]).unwrap();
    settle(2, &[("two", Some(""))]).unwrap();
    settle(3, &[("three", Some(&long))]).unwrap();
}

#[test]
fn state_outlives_a_crash_and_a_restart_with_its_versions_and_its_size() {
    let house = House::new();
    let reads = {
        let engine = house.open();
        let (number, at) = with_events(&house, &engine, 2);
        let long = "x".repeat(170);
        house.settle_on(&engine, writing(outcome(number, at[0], 1, End::Settled), &[("k", Some(&long))]), terms(StateReads::default())).unwrap();
        let reads = saw(&*snapshot(&engine), &["k"]);
        engine.stop();
        reads
    };
    house.files.crash(|| false);
    let engine = house.open();
    assert_eq!(saw(&*snapshot(&engine), &["k"]).keys, reads.keys);
    let (number, at) = (SubscriptionNumber(0), engine.synced());
    let second = Sequence(3);
    assert!(second < at, "{at}");
    let over = house.settle_on(&engine, writing(outcome(number, second, 1, End::Settled), &[("l", Some("123456789"))]), terms(StateReads::default()));
    assert!(matches!(over, Err(SettleError::State(StateLimit::Quota { wanted: 311, .. }))), "{over:?}");
}
