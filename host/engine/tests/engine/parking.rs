//! Lanes that are held back: by whom, and by whom no longer.

use super::house::{House, event, outcome};
use oyez_engine::{Engine, RowState};
use oyez_model::{End, Lane, Sequence, Settle, SubscriptionNumber};
use std::collections::BTreeSet;

fn lane() -> Lane {
    Lane::Key("k".to_owned())
}

/// A house with events of one subscription to settle.
fn with_events(house: &House, engine: &Engine, ids: &[&str]) -> (SubscriptionNumber, Vec<Sequence>) {
    let number = house.subscribe(engine, "p/on");
    let receipts = house.publish(engine, ids.iter().map(|id| event(id)).collect()).unwrap();
    (number, receipts.iter().map(|receipt| receipt.sequence).collect())
}

/// A first attempt that is the last one.
fn dies(number: SubscriptionNumber, sequence: Sequence, round: u32, parks: Option<Lane>) -> Settle {
    Settle { round, parks, ..outcome(number, sequence, 1, End::Dead) }
}

fn park(house: &House, engine: &Engine, number: SubscriptionNumber, lane: Lane, sequence: Sequence) {
    let (reply, answer) = tokio::sync::oneshot::channel();
    engine.park(number, lane, vec![sequence], Box::new(move |result| drop(reply.send(result))));
    house.runtime.block_on(answer).unwrap().unwrap();
}

fn release(house: &House, engine: &Engine, number: SubscriptionNumber, lane: Lane) {
    let (reply, answer) = tokio::sync::oneshot::channel();
    engine.release(number, lane, Box::new(move |result| drop(reply.send(result))));
    house.runtime.block_on(answer).unwrap().unwrap();
}

/// The dead letters that a lane waits behind.
fn behind(engine: &Engine, number: SubscriptionNumber, lane: &Lane) -> BTreeSet<Sequence> {
    engine.progress(number).unwrap().parked.get(lane).map(|parked| parked.behind.clone()).unwrap_or_default()
}

#[test]
fn a_redriven_dead_letter_that_is_parked_behind_an_older_one_does_not_wait_for_itself() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, &["1", "2"]);
    // The key was let go past the first one, and then the second one died too; both are redriven, and the first one dies again.
    for sequence in &at {
        house.settle(&engine, dies(number, *sequence, 0, Some(lane()))).unwrap();
    }
    for sequence in &at {
        house.runtime.block_on(engine.redrive(number, *sequence)).unwrap();
    }
    house.settle(&engine, dies(number, at[0], 1, Some(lane()))).unwrap();
    park(&house, &engine, number, lane(), at[1]);
    assert_eq!(behind(&engine, number, &lane()), [at[0]].into());
    engine.stop();
}

#[test]
fn a_redriven_dead_letter_that_is_parked_in_another_lane_holds_back_neither() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, &["1", "2"]);
    house.settle(&engine, dies(number, at[1], 0, Some(lane()))).unwrap();
    house.runtime.block_on(engine.redrive(number, at[1])).unwrap();
    // All are of one lane since.
    house.settle(&engine, dies(number, at[0], 0, Some(Lane::Total))).unwrap();
    park(&house, &engine, number, Lane::Total, at[1]);
    assert_eq!(behind(&engine, number, &Lane::Total), [at[0]].into());
    assert_eq!(engine.progress(number).unwrap().parked.get(&lane()), None);
    engine.stop();
}

#[test]
fn what_was_parked_and_dies_where_dead_letters_hold_nothing_back_holds_nothing_back() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, &["1", "2"]);
    house.settle(&engine, dies(number, at[0], 0, Some(lane()))).unwrap();
    park(&house, &engine, number, lane(), at[1]);
    release(&house, &engine, number, lane());
    house.settle(&engine, dies(number, at[1], 0, None)).unwrap();
    assert_eq!(engine.row(number, at[1]).map(|row| (row.state, row.lane)), Some((RowState::Dead, None)));
    assert!(engine.progress(number).unwrap().parked.is_empty());
    engine.stop();
}

#[test]
fn a_redriven_dead_letter_that_dies_where_dead_letters_hold_nothing_back_any_more_lets_its_lane_go() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, &["1", "2"]);
    house.settle(&engine, dies(number, at[0], 0, Some(lane()))).unwrap();
    park(&house, &engine, number, lane(), at[1]);
    house.runtime.block_on(engine.redrive(number, at[0])).unwrap();
    assert_eq!(behind(&engine, number, &lane()), [at[0]].into());
    house.settle(&engine, dies(number, at[0], 1, None)).unwrap();
    let progress = engine.progress(number).unwrap();
    assert_eq!((behind(&engine, number, &lane()), progress.parked()), (BTreeSet::new(), 1));
    engine.stop();
}

#[test]
fn a_redriven_dead_letter_that_dies_in_another_lane_holds_that_one_back_and_its_old_one_no_more() {
    let house = House::new();
    let engine = house.open();
    let (number, at) = with_events(&house, &engine, &["1"]);
    house.settle(&engine, dies(number, at[0], 0, Some(lane()))).unwrap();
    house.runtime.block_on(engine.redrive(number, at[0])).unwrap();
    house.settle(&engine, dies(number, at[0], 1, Some(Lane::Total))).unwrap();
    assert_eq!((behind(&engine, number, &lane()), behind(&engine, number, &Lane::Total)), (BTreeSet::new(), [at[0]].into()));
    engine.stop();
}
