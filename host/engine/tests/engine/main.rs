//! The engine over a log and views in memory, which can crash.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_engine::{ControlError, Engine, EngineOptions, Matches, PublishError, Receipt, RowState, SettleError};
use oyez_event::Event;
use oyez_model::{DeliveryState, End, Ordering as Order, Recorded, Sequence, SubscriptionId, Timestamp};
use std::sync::atomic::Ordering;
use std::time::Duration;

mod house;
mod parking;
mod snapshot;
mod state;

use house::{House, emitting, event, outcome, with_json};

#[test]
fn the_same_fact_is_a_duplicate_and_another_one_under_its_id_is_refused() {
    let house = House::new();
    let engine = house.open();
    let first = house.publish(&engine, vec![with_json("1", r#"{"a": 1, "b": 2}"#)]).unwrap()[0];
    assert_eq!(first, Receipt { sequence: Sequence(1), duplicate: false });
    // Equal as JSON, not byte for byte.
    let again = house.publish(&engine, vec![with_json("1", r#"{"b":2,"a":1}"#)]).unwrap()[0];
    assert_eq!(again, Receipt { sequence: Sequence(1), duplicate: true });
    let reused = house.publish(&engine, vec![event("2"), with_json("1", "3")]).unwrap_err();
    assert!(matches!(reused, PublishError::IdReused { first: Sequence(1), .. }), "{reused}");
    assert_eq!(engine.synced(), Sequence(1), "a batch is all or nothing");
    let twice = house.publish(&engine, vec![event("3"), event("3"), event("4")]).unwrap();
    assert_eq!(twice.iter().map(|r| (r.sequence.0, r.duplicate)).collect::<Vec<_>>(), [(2, false), (2, true), (3, false)]);
    engine.stop();
}

#[test]
fn an_id_is_free_again_after_the_window() {
    let house = House::new();
    let engine = house.open();
    house.publish(&engine, vec![event("1")]).unwrap();
    house.clock.0.store(u64::try_from(Duration::from_hours(24).as_nanos()).unwrap() - 1, Ordering::SeqCst);
    assert!(house.publish(&engine, vec![event("1")]).unwrap()[0].duplicate);
    house.clock.0.fetch_add(1, Ordering::SeqCst);
    assert!(!house.publish(&engine, vec![event("1")]).unwrap()[0].duplicate);
    engine.stop();
}

#[test]
fn accept_time_does_not_go_back_though_the_clock_did_while_the_host_was_down() {
    let house = House::new();
    house.clock.0.store(100, Ordering::SeqCst);
    let engine = house.open();
    house.publish(&engine, vec![event("1")]).unwrap();
    // The checkpoint at the end holds all: no frame behind it says what time it was.
    engine.stop();
    house.clock.0.store(5, Ordering::SeqCst);
    let engine = house.open();
    let second = house.publish(&engine, vec![event("2")]).unwrap()[0].sequence;
    assert_eq!(engine.event(second).unwrap().accepted, Timestamp::from_nanos(100));
    engine.stop();
}

#[test]
fn only_the_host_speaks_for_its_plugins() {
    let house = House::new();
    let engine = house.open();
    let forged = Event::new("1", "/plugins/p", "c.d.v1").unwrap();
    assert!(matches!(house.publish(&engine, vec![forged]), Err(PublishError::ReservedSource(_))));
    engine.stop();
}

#[test]
fn a_delivery_is_settled_once_attempt_by_attempt() {
    let house = House::new();
    let engine = house.open();
    let number = house.subscribe(&engine, "p/on");
    let at = house.publish(&engine, vec![event("1")]).unwrap()[0].sequence;
    let due = Timestamp::from_nanos(5);
    assert_eq!(house.settle(&engine, outcome(number, at, 2, End::Settled)), Err(SettleError::AlreadySettled), "out of turn");
    house.settle(&engine, outcome(number, at, 1, End::Waiting { due })).unwrap();
    assert_eq!(house.settle(&engine, outcome(number, at, 1, End::Settled)), Err(SettleError::AlreadySettled), "overtaken");
    let row = engine.row(number, at).unwrap();
    assert_eq!((row.state, row.attempts), (RowState::Waiting { due }, 1));
    house.settle(&engine, emitting(outcome(number, at, 2, End::Settled), &["x", "y"])).unwrap();
    assert_eq!(house.settle(&engine, outcome(number, at, 3, End::Settled)), Err(SettleError::AlreadySettled));
    assert_eq!(engine.row(number, at), None);
    assert_eq!(engine.find("y", None).unwrap().len(), 1);
    let trace = engine.trace(at).unwrap().unwrap();
    assert_eq!((trace.deliveries[0].state, trace.deliveries[0].attempts.len()), (DeliveryState::Settled, 2));
    assert_eq!(trace.deliveries[0].emissions.iter().map(|t| t.recorded.event.id()).collect::<Vec<_>>(), ["x", "y"]);
    engine.stop();
}

#[test]
fn a_dead_letter_is_redriven_into_a_new_round_or_dropped_for_good() {
    let house = House::new();
    let engine = house.open();
    let number = house.subscribe(&engine, "p/on");
    let at = house.publish(&engine, vec![event("1")]).unwrap()[0].sequence;
    house.settle(&engine, outcome(number, at, 1, End::Dead)).unwrap();
    assert_eq!(engine.row(number, at).unwrap().recorded.map(|r| r.event), Some(event("1")), "a dead letter keeps its own copy");
    house.runtime.block_on(engine.redrive(number, at)).unwrap();
    assert!(matches!(house.runtime.block_on(engine.redrive(number, at)), Err(ControlError::NotDead(_))));
    let mut again = outcome(number, at, 1, End::Dead);
    assert_eq!(house.settle(&engine, again.clone()), Err(SettleError::AlreadySettled), "of the old round");
    again.round = 1;
    house.settle(&engine, again).unwrap();
    house.runtime.block_on(engine.drop_dead(number, at)).unwrap();
    assert_eq!(engine.row(number, at), None);
    assert!(matches!(house.runtime.block_on(engine.redrive(number, at)), Err(ControlError::NotDead(_))));
    engine.stop();
}

#[test]
fn the_same_filters_begin_no_epoch_and_a_number_is_kept() {
    let house = House::new();
    let engine = house.open();
    let number = house.subscribe(&engine, "p/on");
    let end = engine.synced();
    assert_eq!((house.subscribe(&engine, "p/on"), engine.synced()), (number, end));
    assert_ne!(house.subscribe(&engine, "p/other"), number);
    let id = SubscriptionId::parse("p/on").unwrap();
    house.runtime.block_on(engine.subscribe(id, Vec::new(), Order::Total, None)).unwrap();
    assert_eq!(engine.progress(number).unwrap().epochs.len(), 2);
    engine.stop();
}

/// What a reader can see of the whole.
fn picture(engine: &Engine) -> String {
    let events: Vec<Recorded> = engine.read(Sequence(0), usize::MAX >> 1).unwrap().0;
    let ids: Vec<_> = events.iter().map(|r| engine.find(r.event.id(), Some(r.event.source())).unwrap()).collect();
    let rows = engine.rows(&Matches::default(), |_| true, usize::MAX).unwrap();
    let progress: Vec<_> = engine.subscriptions().into_iter().map(|p| (p.id, p.settled, p.attempts, p.rows)).collect();
    format!("{events:?}\n{ids:?}\n{rows:?}\n{progress:?}")
}

#[test]
fn what_the_views_say_is_the_same_after_any_crash() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let house = House::new();
        let mut published = 0;
        let mut before = None;
        for _ in 0..4 {
            let engine = house.open();
            if let Some(before) = before.take() {
                assert_eq!(picture(&engine), before, "seed {seed}");
            }
            let number = house.subscribe(&engine, "p/on");
            for _ in 0..random.usize(5..60) {
                let batch = (0..random.usize(1..4)).map(|i| event(&(published + i).to_string())).collect::<Vec<_>>();
                published += batch.len();
                for receipt in house.publish(&engine, batch).unwrap() {
                    let ends = [End::Settled, End::Dead, End::Waiting { due: Timestamp::from_nanos(9) }];
                    let end = ends[random.usize(0..3)];
                    let emissions: &[&str] = if end == End::Settled { &["e"] } else { &[] };
                    let mut settle = emitting(outcome(number, receipt.sequence, 1, end), emissions);
                    settle.emissions.iter_mut().for_each(|e| *e = Event::new(format!("e-{}", receipt.sequence), "/plugins/p", "c").unwrap());
                    house.settle(&engine, settle).unwrap();
                }
                house.views.fails.store(random.u8(0..4) == 0, Ordering::SeqCst);
            }
            before = Some(picture(&engine));
            // Now and then in order, with a checkpoint (that may fail); otherwise as the power goes.
            if random.bool() {
                engine.stop();
            } else {
                house.files.crash(|| random.bool());
                drop(engine);
            }
            house.views.fails.store(false, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_disk_that_fails_loses_nothing_and_the_host_goes_on_once_it_works() {
    let house = House::new();
    let engine = house.open();
    house.publish(&engine, vec![event("1")]).unwrap();
    house.files.fail_after(0);
    let refused = house.publish(&engine, vec![event("2")]).unwrap_err();
    assert_eq!(refused.code(), "disk-failed");
    assert!(engine.unavailable().is_some());
    assert_eq!(engine.read(Sequence(0), 1 << 20).unwrap().0.len(), 1, "what is there is still read");
    house.files.fail_after(u64::MAX);
    // What the host itself has to write waited; who had no receipt asks again, and finds the event there.
    house.subscribe(&engine, "p/on-event");
    assert_eq!(engine.unavailable(), None);
    assert!(house.publish(&engine, vec![event("2")]).unwrap()[0].duplicate);
    assert!(!house.publish(&engine, vec![event("3")]).unwrap()[0].duplicate);
    engine.stop();
    house.files.crash(|| false);
    let engine = house.open();
    for id in ["1", "2", "3"] {
        assert!(house.publish(&engine, vec![event(id)]).unwrap()[0].duplicate);
    }
    engine.stop();
    let late = house.publish(&engine, vec![event("3")]).unwrap_err();
    assert_eq!(late.code(), "stopping");
}

#[test]
fn events_are_found_by_time_and_from_the_end() {
    let house = House::new();
    let engine = house.open();
    for i in 1..=20_u64 {
        house.clock.0.store(i * 10, Ordering::SeqCst);
        house.publish(&engine, vec![event(&i.to_string())]).unwrap();
    }
    assert_eq!(engine.since(Timestamp::from_nanos(0)).unwrap(), Sequence(1));
    assert_eq!(engine.since(Timestamp::from_nanos(95)).unwrap(), Sequence(10));
    assert_eq!(engine.since(Timestamp::from_nanos(201)).unwrap(), Sequence(21));
    assert_eq!(engine.last(3).unwrap(), Sequence(18));
    assert_eq!(engine.last(100).unwrap(), Sequence(1));
    // A clock that goes back does not take accept time with it.
    house.clock.0.store(0, Ordering::SeqCst);
    house.publish(&engine, vec![event("late")]).unwrap();
    assert_eq!(engine.event(Sequence(21)).unwrap().accepted, Timestamp::from_nanos(200));
    engine.stop();
}

#[test]
fn who_decided_by_a_history_that_has_gone_on_is_told_so() {
    let house = House::new();
    let engine = house.open();
    let about = |id: &str, subject: &str| event(id).with_subject(subject).unwrap();
    let publish = |engine: &Engine, id: &str, subject: &str, expected: u64| {
        house
            .runtime
            .block_on(engine.publish_expecting(about(id, subject), Sequence(expected)))
            .map(|receipt| (receipt.sequence.0, receipt.duplicate))
    };
    let unexpected = |expected: u64, found: u64| {
        let (source_uri, subject) = ("/tests".to_owned(), "account".to_owned());
        Err(PublishError::Unexpected { source_uri, subject, expected: Sequence(expected), found: Sequence(found) })
    };
    assert_eq!(publish(&engine, "1", "account", 0), Ok((1, false)));
    assert_eq!(publish(&engine, "2", "account", 0), unexpected(0, 1));
    assert_eq!(publish(&engine, "other", "another", 0), Ok((2, false)));
    assert_eq!(publish(&engine, "2", "account", 1), Ok((3, false)));
    assert_eq!(publish(&engine, "1", "account", 0), Ok((1, true)), "a duplicate is told whatever is expected");
    house.publish(&engine, vec![about("3", "account")]).unwrap();
    assert_eq!(publish(&engine, "4", "account", 3), unexpected(3, 4));
    let without = house.runtime.block_on(engine.publish_expecting(event("5"), Sequence(0)));
    assert_eq!(without, Err(PublishError::NoSubject("5".to_owned())));
    drop(engine);
    house.files.crash(|| false);
    let engine = house.open();
    assert_eq!(publish(&engine, "4", "account", 3), unexpected(3, 4));
    assert_eq!(publish(&engine, "4", "account", 4), Ok((5, false)));
}

#[test]
fn a_full_disk_loses_nothing_and_the_host_goes_on_once_there_is_room() {
    let house = House::new();
    let engine = house.open();
    let number = house.subscribe(&engine, "p/on-event");
    house.files.full_after(20_000);
    let mut accepted = Vec::new();
    let full = loop {
        // Producers that come while there is no room are told so; the first one waits with the group that it is in.
        let publishing = (0..3).map(|i| engine.publish(vec![event(&format!("{}-{i}", accepted.len()))]));
        let publishing: Vec<_> = publishing.map(Box::pin).collect();
        let answers = house.runtime.block_on(async {
            let mut answers = Vec::new();
            for one in publishing {
                match tokio::time::timeout(Duration::from_millis(300), one).await {
                    Ok(answer) => answers.push(answer),
                    Err(_) => return Err(answers),
                }
            }
            Ok(answers)
        });
        match answers {
            Ok(answers) => accepted.extend(answers.into_iter().map(|answer| answer.unwrap()[0].sequence)),
            Err(answers) => {
                accepted.extend(answers.into_iter().map(|answer| answer.unwrap()[0].sequence));
                break engine.unavailable().unwrap();
            }
        }
    };
    assert_eq!(full.code, "disk-full");
    let refused = house.publish(&engine, vec![event("refused")]).unwrap_err();
    assert_eq!(refused.code(), "disk-full");
    house.files.full_after(u64::MAX);
    // What the host itself has to write waited for room.
    house.settle(&engine, outcome(number, accepted[0], 1, End::Settled)).unwrap();
    assert_eq!(engine.unavailable(), None);
    accepted.push(house.publish(&engine, vec![event("refused")]).unwrap()[0].sequence);
    drop(engine);
    house.files.crash(|| false);
    let engine = house.open();
    assert!(accepted.iter().all(|sequence| engine.event(*sequence).is_some()));
}

#[test]
fn an_id_is_remembered_over_so_many_sequences_at_most() {
    let house = House::new();
    let engine = house.open_with(EngineOptions { dedup_events: Some(3), ..EngineOptions::default() });
    for id in ["1", "2", "3"] {
        assert!(!house.publish(&engine, vec![event(id)]).unwrap()[0].duplicate);
    }
    assert!(house.publish(&engine, vec![event("1")]).unwrap()[0].duplicate);
    house.publish(&engine, vec![event("4")]).unwrap();
    assert!(!house.publish(&engine, vec![event("1")]).unwrap()[0].duplicate);
    assert!(house.publish(&engine, vec![event("4")]).unwrap()[0].duplicate);
}
