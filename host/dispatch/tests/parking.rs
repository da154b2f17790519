//! Lanes that are held back: what is parked flows on in order, and not before its lane is free.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_dispatch::{Action, Attachment, Dispatcher, Reopened, Runner, Secret, Token};
use oyez_engine::{ParkedLane, Progress};
use oyez_event::Event;
use oyez_model::port::{BoxFuture, Handler};
use oyez_model::{
    Cost, Delivery, Epoch, Lane, Limits, OnDead, Ordering, Outcome, Recorded, Sequence, SubscriptionId, SubscriptionNumber, SubscriptionSpec,
    Timestamp, Verdict,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

const NUMBER: SubscriptionNumber = SubscriptionNumber(0);
const NOW: Timestamp = Timestamp::from_nanos(1_000);
const DUE: Timestamp = Timestamp::from_nanos(5_000);
const NOTHING: [&str; 0] = [];

/// Never called: the tests say what comes of a run.
#[derive(Debug)]
struct Nobody;

impl Handler for Nobody {
    fn attempt(&self, _: Delivery) -> BoxFuture<Outcome> {
        unreachable!("the tests say what comes of a run")
    }
}

fn key() -> Lane {
    Lane::Key("k".to_owned())
}

fn recorded(sequence: u64) -> Recorded {
    let event = Event::new(sequence.to_string(), "/a", "b").unwrap().with_extension("partitionkey", "k").unwrap();
    Recorded { sequence: Sequence(sequence), accepted: NOW, lineage: None, event }
}

fn parked(sequence: u64) -> Reopened {
    Reopened { recorded: Arc::new(recorded(sequence)), round: 0, attempts: 0, due: None }
}

fn redriven(sequence: u64) -> Reopened {
    Reopened { round: 1, ..parked(sequence) }
}

fn waiting(sequence: u64) -> Reopened {
    Reopened { attempts: 1, due: Some(DUE), ..parked(sequence) }
}

/// A lane, the dead letters that it waits behind, and how many are parked in it.
fn lane(lane: Lane, behind: &[u64], count: u64) -> (Lane, ParkedLane) {
    (lane, ParkedLane { behind: behind.iter().copied().map(Sequence).collect(), count, released: Sequence(0) })
}

/// A dispatcher with one subscription, whose runs are its events.
struct House {
    dispatcher: Dispatcher,
    runs: HashMap<u64, Token>,
}

impl House {
    /// Everything up to the place 9 is over or has a row.
    fn new(ordering: Ordering, on_dead: OnDead, lanes: &[(Lane, ParkedLane)], open: Vec<Reopened>) -> Self {
        let epochs = vec![Epoch { begins: Sequence(0), filters: Vec::new(), ordering }];
        Self::at(9, epochs, on_dead, lanes, open)
    }

    fn at(place: u64, epochs: Vec<Epoch>, on_dead: OnDead, lanes: &[(Lane, ParkedLane)], open: Vec<Reopened>) -> Self {
        let id = SubscriptionId::parse("p/on").unwrap();
        let mut spec = SubscriptionSpec::new(id.name.clone(), Vec::new());
        spec.ordering = epochs.last().unwrap().ordering;
        spec.on_dead = on_dead;
        let progress = Progress {
            number: NUMBER,
            id,
            epochs,
            place: Sequence(place),
            ended: BTreeSet::new(),
            settled: 0,
            attempts: BTreeMap::new(),
            rows: BTreeMap::new(),
            gaps: Vec::new(),
            parked: lanes.iter().cloned().collect(),
        };
        let runner = Runner { handler: Arc::new(Nobody), version: None, state: false, sources: Arc::default() };
        let attachment =
            Attachment { progress, open, spec, limits: Limits::default(), runner, paused: false, rebuild: None, suspects: BTreeSet::new() };
        let mut house = Self { dispatcher: Dispatcher::new(Secret([7; 32]), 1, Sequence(9)), runs: HashMap::new() };
        house.dispatcher.attach(attachment, NOW);
        house
    }

    /// What is asked for since.
    fn asks(&mut self) -> Vec<String> {
        let mut asked = Vec::new();
        for action in self.dispatcher.actions() {
            asked.push(match action {
                Action::Run { token, delivery, .. } => {
                    self.runs.insert(delivery.recorded.sequence.0, token);
                    format!("run {}", delivery.recorded.sequence)
                }
                Action::Read { from } => format!("read from {from}"),
                Action::Settle { .. } => continue,
                Action::Park { lane, sequences, .. } => format!("park {:?} in {lane}", sequences.iter().map(|at| at.0).collect::<Vec<_>>()),
                Action::Unpark { lane, .. } => format!("take up {lane}"),
            });
        }
        asked
    }

    fn end(&mut self, sequence: u64, verdict: Verdict) -> Vec<String> {
        let token = self.runs[&sequence];
        self.dispatcher.ended(token, Outcome::stateless(verdict, Cost::default()), NOW);
        self.asks();
        self.dispatcher.settled(token, Ok(()), NOW);
        self.asks()
    }

    fn dies(&mut self, sequence: u64) -> Vec<String> {
        self.end(sequence, Verdict::Rejected("no".to_owned()))
    }

    fn completes(&mut self, sequence: u64) -> Vec<String> {
        self.end(sequence, Verdict::Completed(Vec::new()))
    }

    fn page(&mut self, lane: &Lane, sequences: &[u64], more: bool) -> Vec<String> {
        self.dispatcher.unparked(NUMBER, lane, sequences.iter().copied().map(parked).collect(), more);
        self.asks()
    }

    fn parked(&mut self, lane: &Lane, sequences: &[u64]) -> Vec<String> {
        let sequences: Vec<_> = sequences.iter().copied().map(Sequence).collect();
        self.dispatcher.parked(NUMBER, lane, &sequences, Ok(()));
        self.asks()
    }

    fn dropped(&mut self, sequence: u64) -> Vec<String> {
        self.dispatcher.dropped(NUMBER, Sequence(sequence));
        self.asks()
    }
}

#[test]
fn a_page_of_a_lane_that_is_held_back_again_meanwhile_waits_with_it() {
    let mut house = House::new(Ordering::Key, OnDead::Park, &[lane(key(), &[], 2)], Vec::new());
    assert_eq!(house.asks(), ["take up k"]);
    house.dispatcher.redriven(NUMBER, redriven(4));
    assert_eq!(house.asks(), ["run 4"]);
    assert_eq!(house.dies(4), NOTHING);
    assert_eq!(house.page(&key(), &[6, 7], false), NOTHING);
    assert_eq!(house.dropped(4), ["take up k"]);
    assert_eq!(house.page(&key(), &[6, 7], false), ["run 6"]);
}

#[test]
fn a_lane_is_read_on_when_nothing_of_it_is_in_hand_whatever_order_holds_now() {
    let mut house = House::new(Ordering::None, OnDead::Park, &[lane(Lane::Total, &[], 3)], Vec::new());
    assert_eq!(house.asks(), ["take up all"]);
    assert_eq!(house.page(&Lane::Total, &[5, 6], true), ["run 5", "run 6"]);
    assert_eq!(house.completes(5), NOTHING);
    assert_eq!(house.completes(6), ["take up all"]);
    assert_eq!(house.page(&Lane::Total, &[7], false), ["run 7"]);
    assert_eq!(house.page(&Lane::Total, &[8], false), NOTHING, "nobody asked for it");
}

#[test]
fn what_was_parked_by_an_earlier_order_waits_in_the_lane_that_it_has_now() {
    let mut house = House::new(Ordering::Total, OnDead::Park, &[lane(key(), &[], 3)], Vec::new());
    assert_eq!(house.asks(), ["take up k"]);
    assert_eq!(house.page(&key(), &[5, 6], true), ["run 5"]);
    assert_eq!(house.dies(5), ["park [6] in all"]);
    // Only when it stands there, it is not found here any more.
    assert_eq!(house.parked(&Lane::Total, &[6]), ["take up k"]);
    assert_eq!(house.page(&key(), &[7], false), ["park [7] in all"]);
    assert_eq!(house.parked(&Lane::Total, &[7]), NOTHING);
    assert_eq!(house.dropped(5), ["take up all"]);
    assert_eq!(house.page(&Lane::Total, &[6, 7], false), ["run 6"]);
}

#[test]
fn what_was_in_hand_is_not_passed_by_what_is_parked_behind_it() {
    let mut house = House::new(Ordering::Key, OnDead::Park, &[lane(key(), &[4], 1)], vec![redriven(4), waiting(6)]);
    assert_eq!(house.asks(), ["run 4"]);
    assert_eq!(house.dies(4), ["park [6] in k"]);
    house.dispatcher.released(NUMBER, &key());
    assert_eq!(house.asks(), NOTHING, "7 is stored, and 6 is not yet");
    assert_eq!(house.parked(&key(), &[6]), ["take up k"]);
}

#[test]
fn a_page_that_was_read_before_what_was_in_hand_was_parked_is_read_again() {
    let mut house = House::new(Ordering::Key, OnDead::Park, &[lane(key(), &[], 1)], vec![redriven(4), redriven(6)]);
    assert_eq!(house.asks(), ["take up k", "run 4"]);
    assert_eq!(house.dies(4), ["park [6] in k"]);
    house.dispatcher.released(NUMBER, &key());
    assert_eq!(house.parked(&key(), &[6]), NOTHING);
    assert_eq!(house.page(&key(), &[7], false), ["take up k"]);
    assert_eq!(house.page(&key(), &[6, 7], false), ["run 6"]);
}

#[test]
fn what_is_told_late_to_be_redriven_is_not_taken_from_where_it_is_parked_again() {
    let mut house = House::new(Ordering::Key, OnDead::Park, &[lane(key(), &[4], 0)], vec![redriven(4), redriven(6)]);
    assert_eq!(house.asks(), ["run 4"]);
    assert_eq!(house.dies(4), ["park [6] in k"]);
    house.dispatcher.redriven(NUMBER, redriven(6));
    assert_eq!(house.asks(), NOTHING);
}

#[test]
fn a_redriven_dead_letter_that_dies_where_dead_letters_hold_nothing_back_any_more_lets_its_lane_go() {
    let mut house = House::new(Ordering::Key, OnDead::Continue, &[lane(key(), &[4], 1)], vec![redriven(4)]);
    assert_eq!(house.asks(), ["run 4"]);
    assert_eq!(house.dies(4), ["take up k"]);
}

#[test]
fn another_order_begins_when_what_is_on_its_way_to_being_parked_has_got_there() {
    let epoch = |begins, ordering| Epoch { begins: Sequence(begins), filters: Vec::new(), ordering };
    let mut house = House::at(4, vec![epoch(0, Ordering::Key), epoch(7, Ordering::None)], OnDead::Park, &[], Vec::new());
    assert_eq!(house.asks(), ["read from 5"]);
    house.dispatcher.read(Sequence(5), vec![recorded(5), recorded(6), recorded(8)], Sequence(10));
    assert_eq!(house.asks(), ["run 5"]);
    assert_eq!(house.dies(5), ["park [6] in k"]);
    assert_eq!(house.parked(&key(), &[6]), ["read from 8"]);
    house.dispatcher.read(Sequence(8), vec![recorded(8)], Sequence(10));
    assert_eq!(house.asks(), ["run 8"]);
}
