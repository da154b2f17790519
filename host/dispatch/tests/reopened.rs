//! Deliveries with rows, taken up again: what was redriven is not lost on the way, what waits is not run early, and all keep their order.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_dispatch::{Action, Attachment, Dispatcher, Reopened, Runner, Secret, Token};
use oyez_engine::{Mark, Progress, RowState};
use oyez_event::Event;
use oyez_model::port::{BoxFuture, Handler};
use oyez_model::{
    Cost, Delivery, Epoch, Limits, Ordering, Outcome, Recorded, Sequence, SubscriptionId, SubscriptionNumber, SubscriptionSpec, Timestamp, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NUMBER: SubscriptionNumber = SubscriptionNumber(0);
const NOW: Timestamp = Timestamp::from_nanos(1_000);
const DUE: Timestamp = Timestamp::from_nanos(5_000);
const NONE: [u64; 0] = [];

/// Never called: the tests say what comes of a run.
#[derive(Debug)]
struct Nobody;

impl Handler for Nobody {
    fn attempt(&self, _: Delivery) -> BoxFuture<Outcome> {
        unreachable!("the tests say what comes of a run")
    }
}

fn recorded(sequence: u64) -> Recorded {
    let event = Event::new(sequence.to_string(), "/a", "b").unwrap().with_extension("partitionkey", "k").unwrap();
    Recorded { sequence: Sequence(sequence), accepted: NOW, lineage: None, event }
}

/// A row of a delivery: its first attempt is due then, or it was redriven.
fn row(sequence: u64, due: Option<Timestamp>) -> Reopened {
    let (round, attempts) = if due.is_some() { (0, 1) } else { (1, 0) };
    Reopened { recorded: Arc::new(recorded(sequence)), round, attempts, due }
}

fn epoch(begins: u64, ordering: Ordering) -> Epoch {
    Epoch { begins: Sequence(begins), filters: Vec::new(), ordering }
}

fn attachment(place: u64, epochs: Vec<Epoch>, open: Vec<Reopened>) -> Attachment {
    let id = SubscriptionId::parse("p/on").unwrap();
    let mut spec = SubscriptionSpec::new(id.name.clone(), Vec::new());
    spec.ordering = epochs.last().unwrap().ordering;
    let mark = |row: &Reopened| {
        let state = row.due.map_or(RowState::Redriven, |due| RowState::Waiting { due });
        (row.recorded.sequence, Mark { state, round: row.round, attempts: row.attempts })
    };
    let rows: BTreeMap<_, _> = open.iter().map(mark).collect();
    let ended: BTreeSet<_> = rows.keys().copied().filter(|sequence| sequence.0 > place).collect();
    let progress = Progress {
        number: NUMBER,
        id,
        epochs,
        place: Sequence(place),
        ended,
        settled: 0,
        attempts: BTreeMap::new(),
        rows,
        gaps: Vec::new(),
        parked: BTreeMap::new(),
    };
    let runner = Runner { handler: Arc::new(Nobody), version: None, state: false, sources: Arc::default() };
    Attachment { progress, open, spec, limits: Limits::default(), runner, paused: false, rebuild: None, suspects: BTreeSet::new() }
}

/// Those that begin to run.
fn runs(dispatcher: &mut Dispatcher) -> Vec<(u64, Token)> {
    let run = |action| if let Action::Run { token, delivery, .. } = action { Some((delivery.recorded.sequence.0, token)) } else { None };
    dispatcher.actions().into_iter().filter_map(run).collect()
}

fn sequences(dispatcher: &mut Dispatcher) -> Vec<u64> {
    runs(dispatcher).into_iter().map(|(sequence, _)| sequence).collect()
}

fn complete(dispatcher: &mut Dispatcher, token: Token) {
    dispatcher.ended(token, Outcome::stateless(Verdict::Completed(Vec::new()), Cost::default()), NOW);
    dispatcher.settled(token, Ok(()), NOW);
}

fn overtake(dispatcher: &mut Dispatcher) {
    let [(_, token)] = runs(dispatcher)[..] else { panic!("one runs") };
    dispatcher.ended(token, Outcome::Overtaken { outside: false }, NOW);
}

fn dispatcher() -> Dispatcher {
    Dispatcher::new(Secret([7; 32]), 1, Sequence(9))
}

#[test]
fn what_is_redriven_after_the_rows_were_read_and_before_they_are_handed_over_runs() {
    let mut dispatcher = dispatcher();
    dispatcher.hold(NUMBER);
    let rows_as_read = Vec::new();
    dispatcher.redriven(NUMBER, row(5, None));
    dispatcher.attach(attachment(9, vec![epoch(0, Ordering::Key)], rows_as_read), NOW);
    assert_eq!(sequences(&mut dispatcher), [5]);
}

#[test]
fn what_is_redriven_before_the_rows_are_read_runs_once() {
    let mut dispatcher = dispatcher();
    dispatcher.hold(NUMBER);
    dispatcher.redriven(NUMBER, row(5, None));
    dispatcher.attach(attachment(9, vec![epoch(0, Ordering::None)], vec![row(5, None)]), NOW);
    assert_eq!(sequences(&mut dispatcher), [5]);
}

#[test]
fn what_is_redriven_while_its_subscription_is_leaving_runs_when_that_comes_back() {
    let epochs = vec![epoch(0, Ordering::None)];
    let mut dispatcher = dispatcher();
    dispatcher.attach(attachment(9, epochs.clone(), vec![row(7, None)]), NOW);
    let [(7, last)] = runs(&mut dispatcher)[..] else { panic!("7 runs") };
    dispatcher.detach(NUMBER);
    dispatcher.redriven(NUMBER, row(5, None));
    assert_eq!(sequences(&mut dispatcher), NONE, "it is not there");
    dispatcher.hold(NUMBER);
    dispatcher.attach(attachment(9, epochs, vec![row(5, None), row(7, None)]), NOW);
    assert_eq!(sequences(&mut dispatcher), [5]);
    complete(&mut dispatcher, last);
}

#[test]
fn what_waits_behind_one_of_its_key_is_not_run_before_it_is_due() {
    let mut dispatcher = dispatcher();
    dispatcher.attach(attachment(9, vec![epoch(0, Ordering::Key)], vec![row(5, None), row(6, Some(DUE))]), NOW);
    let [(5, first)] = runs(&mut dispatcher)[..] else { panic!("5 runs") };
    complete(&mut dispatcher, first);
    assert_eq!(sequences(&mut dispatcher), NONE);
    dispatcher.wake(DUE);
    assert_eq!(sequences(&mut dispatcher), [6]);
}

#[test]
fn what_came_due_behind_one_of_its_key_runs_after_it() {
    let mut dispatcher = dispatcher();
    dispatcher.attach(attachment(9, vec![epoch(0, Ordering::Key)], vec![row(5, None), row(6, Some(DUE))]), NOW);
    let [(5, first)] = runs(&mut dispatcher)[..] else { panic!("5 runs") };
    dispatcher.wake(DUE);
    assert_eq!(sequences(&mut dispatcher), NONE);
    complete(&mut dispatcher, first);
    assert_eq!(sequences(&mut dispatcher), [6]);
}

#[test]
fn a_place_that_was_lost_takes_no_order_with_it() {
    let mut dispatcher = dispatcher();
    // Both are of the second epoch; the place was not told since the first.
    let epochs = vec![epoch(0, Ordering::None), epoch(4, Ordering::Total)];
    dispatcher.attach(attachment(2, epochs, vec![row(5, None), row(6, None)]), NOW);
    assert_eq!(sequences(&mut dispatcher), [5], "one at a time");
}

/// Of a plugin that keeps state.
fn stateful(number: u32, sequence: u64) -> Attachment {
    let mut attachment = attachment(9, vec![epoch(0, Ordering::None)], vec![row(sequence, None)]);
    attachment.progress.number = SubscriptionNumber(number);
    attachment.runner.state = true;
    attachment
}

#[test]
fn one_that_was_overtaken_and_is_gone_holds_up_nobody() {
    let mut dispatcher = dispatcher();
    dispatcher.attach(stateful(0, 5), NOW);
    overtake(&mut dispatcher);
    overtake(&mut dispatcher);
    let [(5, third)] = runs(&mut dispatcher)[..] else { panic!("5 runs") };
    dispatcher.detach(NUMBER);
    dispatcher.ended(third, Outcome::Overtaken { outside: false }, NOW);
    dispatcher.attach(stateful(1, 6), NOW);
    assert_eq!(sequences(&mut dispatcher), [6]);
}

#[test]
fn one_that_is_to_run_alone_and_keeps_no_state_any_more_holds_up_nobody() {
    let mut dispatcher = dispatcher();
    dispatcher.attach(stateful(0, 5), NOW);
    (0..3).for_each(|_| overtake(&mut dispatcher));
    let mut stateless = stateful(0, 5);
    stateless.runner.state = false;
    dispatcher.attach(stateless, NOW);
    dispatcher.attach(stateful(1, 6), NOW);
    assert_eq!(sequences(&mut dispatcher), [5, 6]);
}

#[test]
fn one_that_is_overtaken_when_its_plugin_keeps_no_state_any_more_holds_up_nobody() {
    let mut dispatcher = dispatcher();
    dispatcher.attach(stateful(0, 5), NOW);
    overtake(&mut dispatcher);
    overtake(&mut dispatcher);
    let [(5, third)] = runs(&mut dispatcher)[..] else { panic!("5 runs") };
    let mut stateless = stateful(0, 5);
    stateless.runner.state = false;
    dispatcher.attach(stateless, NOW);
    dispatcher.ended(third, Outcome::Overtaken { outside: false }, NOW);
    dispatcher.attach(stateful(1, 6), NOW);
    assert_eq!(sequences(&mut dispatcher), [5, 6]);
}
