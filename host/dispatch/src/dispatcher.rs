//! The state machine: each method is something that happened, and leaves [`Action`]s to be done.

use crate::attachment::{Attachment, Load, Reopened};
use crate::attempt::{Action, Token};
use crate::decide::Ended;
use crate::emission::Origin;
use crate::identity::{self, Secret};
use crate::index::Index;
use crate::parking::Parking;
use crate::reads::Reads;
use crate::subscriber::Subscriber;
use crate::turns::{OVERTAKEN_COUNTS, Turns};
use oyez_engine::{ControlError, Progress, SettleError, StateTerms};
use oyez_model::{
    Cost, Delivery, End, Lane, OnDead, Outcome, Recorded, Sequence, Settle, StateReads, StateWrite, SubscriptionNumber, Timestamp, Verdict, Version,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// How long a run waits that found no room in the host.
const SHORTAGE_WAIT: Duration = Duration::from_millis(10);

/// A run, from its start to its durable settlement.
#[derive(Debug)]
struct Flight {
    number: SubscriptionNumber,
    recorded: Arc<Recorded>,
    version: Option<Version>,
    end: End,
    cost: Cost,
    /// What it read of its plugin's state.
    reads: StateReads,
    /// It keeps state, and so takes turns.
    turns: bool,
    /// The lane that waits behind it from here on.
    parks: Option<Lane>,
}

/// Routes, runs, decides; see the crate's page.
#[derive(Debug)]
pub struct Dispatcher {
    secret: Secret,
    random: fastrand::Rng,
    subscribers: BTreeMap<SubscriptionNumber, Subscriber>,
    index: Index,
    reads: Reads,
    synced: Sequence,
    flights: HashMap<Token, Flight>,
    timers: BinaryHeap<Reverse<(Timestamp, SubscriptionNumber, Sequence)>>,
    actions: Vec<Action>,
    /// Subscriptions whose next runs are to be looked for.
    touched: BTreeSet<SubscriptionNumber>,
    read_wanted: bool,
    halted: bool,
    unmatched: u64,
    turns: Turns,
    /// Runs whose reads were overtaken.
    overtaken: u64,
}

impl Dispatcher {
    /// A dispatcher of a log that ends at `synced`. Its jitter and tokens come from `seed`, the deliveries' seeds from `secret`.
    #[must_use]
    pub fn new(secret: Secret, seed: u64, synced: Sequence) -> Self {
        Self {
            secret,
            random: fastrand::Rng::with_seed(seed),
            subscribers: BTreeMap::new(),
            index: Index::default(),
            reads: Reads::new(synced.next()),
            synced,
            flights: HashMap::new(),
            timers: BinaryHeap::new(),
            actions: Vec::new(),
            touched: BTreeSet::new(),
            read_wanted: true,
            halted: false,
            unmatched: 0,
            turns: Turns::default(),
            overtaken: 0,
        }
    }

    /// What is to be done now, in order.
    pub fn actions(&mut self) -> Vec<Action> {
        if !self.halted {
            self.start_runs();
            self.start_reads();
        }
        std::mem::take(&mut self.actions)
    }

    /// A subscription runs from here on; one that runs already goes on with these settings and this handler, its runs in flight with
    /// theirs.
    pub fn attach(&mut self, attachment: Attachment, now: Timestamp) {
        let Attachment { progress, open, spec, limits, runner, paused } = attachment;
        let Progress { number, id, place, ended, epochs, parked, .. } = progress;
        self.index.put(number, &epochs);
        let known = self.subscribers.contains_key(&number);
        let delay_max = spec.retry.delay_max;
        let subscriber = self.subscribers.entry(number).or_insert_with(|| {
            // A place before the first epoch has an order that is gone: that of the first one that is known stands for it.
            let mut first = spec.clone();
            first.ordering = epochs.iter().rev().find(|e| e.begins <= place).or(epochs.first()).map_or(spec.ordering, |e| e.ordering);
            let mut subscriber = Subscriber::new(id, first, place, ended);
            subscriber.parking = Parking::new(&parked);
            subscriber
        });
        // What was passed over while it ran on is not looked at any more.
        subscriber.next = subscriber.next.max(place.next());
        subscriber.spec = spec;
        subscriber.limits = limits;
        subscriber.epochs = epochs;
        subscriber.runner = Some(runner);
        subscriber.paused = paused;
        subscriber.held = false;
        self.touched.insert(number);
        self.read_wanted = true;
        if !known {
            for reopened in open {
                // A clock that was set back never lengthens a wait.
                let due = reopened.due.map(|due| due.min(now.after(delay_max)));
                self.reopen(number, Reopened { due, ..reopened });
            }
        }
    }

    /// The epochs of a subscription are about to change: nothing is routed to it until it is attached again, and
    /// what is known of it stays known.
    pub fn hold(&mut self, number: SubscriptionNumber) {
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.held = true;
        }
    }

    /// A subscription is gone: what runs ends, nothing new begins.
    pub fn detach(&mut self, number: SubscriptionNumber) {
        self.index.remove(number);
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.runner = None;
            subscriber.held = false;
            self.touched.extend(self.turns.leave(&subscriber.id.plugin, number));
            self.forget_if_still(number);
        }
    }

    /// The log has grown up to here.
    pub fn grown(&mut self, synced: Sequence) {
        self.read_wanted |= synced > self.synced;
        self.synced = self.synced.max(synced);
    }

    /// A read is over: the events from `from` up to `next`, which is not in it.
    pub fn read(&mut self, from: Sequence, events: Vec<Recorded>, next: Sequence) {
        let new = self.reads.done(from, next);
        for recorded in events.into_iter().map(Arc::new) {
            let mut wanted = false;
            for number in self.index.candidates(recorded.event.ty()) {
                let Some(subscriber) = self.subscribers.get_mut(&number) else { continue };
                wanted |= new && !wanted && subscriber.epoch(&recorded).is_some();
                if subscriber.stands_after(from) {
                    subscriber.offer(&recorded);
                    self.touched.insert(number);
                }
            }
            self.unmatched += u64::from(new && !wanted);
        }
        for subscriber in self.subscribers.values_mut().filter(|s| s.stands_after(from)) {
            subscriber.next = subscriber.next.max(next);
        }
        self.read_wanted = true;
    }

    /// A handler's run is over.
    pub fn ended(&mut self, token: Token, outcome: Outcome, now: Timestamp) {
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let (number, sequence) = (flight.number, flight.recorded.sequence);
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        self.touched.insert(number);
        let (verdict, writes) = match outcome {
            Outcome::Settled { verdict, cost, state } => {
                (flight.cost, flight.reads) = (cost, state.reads);
                (verdict, state.writes)
            }
            Outcome::Overtaken => {
                subscriber.settling(sequence);
                return self.overtaken(token, now);
            }
            Outcome::NotRun(shortage) => {
                tracing::debug!(subscription = %subscriber.id, %shortage, "an attempt waits for room");
                let due = now.after(SHORTAGE_WAIT);
                subscriber.not_run(sequence, due);
                self.timers.push(Reverse((due, number, sequence)));
                self.end_flight(token);
                return self.forget_if_still(number);
            }
        };
        subscriber.settling(sequence);
        self.settle(token, verdict, writes, now);
    }

    /// Decides what becomes of a run, and has it written.
    fn settle(&mut self, token: Token, verdict: Verdict, writes: Vec<StateWrite>, now: Timestamp) {
        let jitter = self.random.f64();
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let sequence = flight.recorded.sequence;
        let Some(subscriber) = self.subscribers.get(&flight.number) else { return };
        let Some(open) = subscriber.open(sequence) else { return };
        let (round, attempt) = (open.round, open.attempts + 1);
        let run = 0;
        let origin = Origin { subscription: &subscriber.id, parent: &flight.recorded, run, limits: &subscriber.limits };
        let (root, depth) = (origin.root(), origin.depth());
        let decision = Ended { origin, retry: &subscriber.spec.retry, attempt, now, jitter }.decide(verdict);
        flight.end = decision.end;
        flight.parks = open.lane.clone().filter(|_| decision.end == End::Dead && subscriber.spec.on_dead == OnDead::Park);
        let settle = Settle {
            subscription: flight.number,
            sequence,
            run,
            round,
            attempt,
            token: token.0,
            version: flight.version,
            settlement: decision.settlement,
            end: decision.end,
            reason: decision.reason,
            cost: flight.cost,
            root,
            depth,
            emissions: decision.emissions,
            parks: flight.parks.clone(),
            // Only what completed is written; what it says of itself is in the verdict, and what became of that in the end.
            writes: if decision.end == End::Settled { writes } else { Vec::new() },
        };
        let state = StateTerms { reads: flight.reads.clone(), bytes_max: subscriber.limits.state_bytes };
        self.actions.push(Action::Settle { token, settle: Box::new(settle), state, recorded: Arc::clone(&flight.recorded) });
    }

    /// What a run read was overtaken: it is void, whatever it came to, and runs again at once.
    fn overtaken(&mut self, token: Token, now: Timestamp) {
        self.overtaken += 1;
        let Some(flight) = self.flights.get_mut(&token) else { return };
        let (number, sequence) = (flight.number, flight.recorded.sequence);
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        if subscriber.open(sequence).is_some_and(|open| open.overtaken + 1 >= OVERTAKEN_COUNTS) {
            flight.reads = StateReads::default();
            let reason = format!("what it read of the state was overtaken {OVERTAKEN_COUNTS} times");
            return self.settle(token, Verdict::Retry { reason, after: None }, Vec::new(), now);
        }
        if subscriber.overtaken(sequence) {
            self.turns.want(&subscriber.id.plugin, (number, sequence));
        }
        self.end_flight(token);
        self.touched.insert(number);
        self.forget_if_still(number);
    }

    /// A run is over for good: whoever waits for its end may begin.
    fn end_flight(&mut self, token: Token) -> Option<Flight> {
        let flight = self.flights.remove(&token)?;
        if flight.turns
            && let Some(subscriber) = self.subscribers.get(&flight.number)
        {
            self.touched.extend(self.turns.end(&subscriber.id.plugin, (flight.number, flight.recorded.sequence)));
        }
        Some(flight)
    }

    /// A settlement is durable, or was refused.
    pub fn settled(&mut self, token: Token, result: Result<(), SettleError>, now: Timestamp) {
        let Some((number, sequence, end)) = self.flights.get(&token).map(|flight| (flight.number, flight.recorded.sequence, flight.end)) else {
            return;
        };
        match result {
            Err(SettleError::Overtaken) => return self.overtaken(token, now),
            Err(SettleError::State(limit)) => return self.settle(token, Verdict::OverLimit(limit.to_string()), Vec::new(), now),
            _ => {}
        }
        let parks = self.end_flight(token).and_then(|flight| flight.parks);
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        self.touched.insert(number);
        match (result, end) {
            (Ok(()), End::Waiting { due }) => {
                subscriber.wait(sequence, due);
                self.timers.push(Reverse((due, number, sequence)));
            }
            (Ok(()), End::Settled | End::Dead) => match parks {
                Some(lane) => subscriber.park_behind(sequence, &lane),
                None => {
                    if end == End::Settled {
                        subscriber.parking.gone(sequence);
                    }
                    subscriber.leave(sequence);
                }
            },
            (Err(SettleError::AlreadySettled), _) => {
                tracing::warn!(subscription = %subscriber.id, %sequence, "somebody else settled this delivery first; the result is dropped");
                subscriber.leave(sequence);
            }
            // Whether it is in the log is known after a restart, which takes up what is not.
            (Err(error), _) => {
                tracing::error!(%error, "a settlement could not be written; nothing more is delivered");
                subscriber.leave_unsettled();
                self.halted = true;
            }
        }
        self.read_wanted |= subscriber.wants_back();
        self.forget_if_still(number);
    }

    /// A dead letter has a new round.
    pub fn redriven(&mut self, number: SubscriptionNumber, reopened: Reopened) {
        let there = self.subscribers.get(&number).is_some_and(|s| s.runner.is_some() && !s.has_open(reopened.recorded.sequence));
        if there {
            self.reopen(number, reopened);
        }
    }

    /// Deliveries have rows, and wait behind a dead letter of their lane; or nothing is written any more.
    pub fn parked(&mut self, number: SubscriptionNumber, lane: &Lane, sequences: &[Sequence], result: Result<(), ControlError>) {
        if let Err(error) = result {
            tracing::error!(%error, "deliveries could not be parked; nothing more is delivered");
            self.halted = true;
            return;
        }
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.parked(lane, sequences);
            self.read_wanted |= subscriber.wants_back();
            self.touched.insert(number);
        }
    }

    /// The first of what is parked in a lane; `more` says that there is more of it.
    pub fn unparked(&mut self, number: SubscriptionNumber, lane: &Lane, rows: Vec<Reopened>, more: bool) {
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.unpark(lane, rows.into_iter().map(|row| (row.recorded, row.round, row.attempts)).collect(), more);
            self.touched.insert(number);
        }
    }

    /// A dead letter was dropped: nothing waits behind it.
    pub fn dropped(&mut self, number: SubscriptionNumber, sequence: Sequence) {
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.parking.gone(sequence);
            self.touched.insert(number);
        }
    }

    /// What is parked in a lane goes on, past the dead letters before it.
    pub fn released(&mut self, number: SubscriptionNumber, lane: &Lane) {
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.parking.unblock(lane);
            self.touched.insert(number);
        }
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some(Reverse((due, number, sequence))) = self.timers.peek().copied().filter(|Reverse((due, ..))| *due <= now) {
            self.timers.pop();
            if let Some(subscriber) = self.subscribers.get_mut(&number) {
                subscriber.due(sequence, due);
                self.touched.insert(number);
            }
        }
    }

    /// When [`Self::wake`] is wanted next.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.timers.peek().map(|Reverse((due, ..))| *due)
    }

    /// The places that moved since this was asked last.
    pub fn places(&mut self) -> Vec<(SubscriptionNumber, Sequence)> {
        self.subscribers.iter_mut().filter_map(|(number, s)| s.place_to_tell().map(|place| (*number, place))).collect()
    }

    /// What a subscription has in hand; nothing of one that is not attached.
    #[must_use]
    pub fn load(&self, number: SubscriptionNumber) -> Option<Load> {
        self.subscribers.get(&number).map(Subscriber::load)
    }

    /// Events that no subscription took, since the process began.
    #[must_use]
    pub fn unmatched(&self) -> u64 {
        self.unmatched
    }

    /// Runs whose reads of state were overtaken, and which ran again, since the process began.
    #[must_use]
    pub fn overtaken_runs(&self) -> u64 {
        self.overtaken
    }

    /// Begins nothing new: no reads, no runs. What runs ends and is settled.
    pub fn halt(&mut self) {
        self.halted = true;
    }

    /// Runs between their start and their durable settlement.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    fn reopen(&mut self, number: SubscriptionNumber, reopened: Reopened) {
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return };
        let Reopened { recorded, round, attempts, due } = reopened;
        if let Some(due) = due {
            self.timers.push(Reverse((due, number, recorded.sequence)));
        }
        subscriber.enter(recorded, round, attempts, due);
        self.touched.insert(number);
    }

    fn forget_if_still(&mut self, number: SubscriptionNumber) {
        if self.subscribers.get(&number).is_some_and(|s| s.runner.is_none() && !s.held && s.is_still()) {
            self.subscribers.remove(&number);
        }
    }

    fn start_runs(&mut self) {
        for number in std::mem::take(&mut self.touched) {
            let Some(subscriber) = self.subscribers.get_mut(&number) else { continue };
            let (lanes, wanted) = subscriber.parking_to_do();
            self.actions.extend(wanted.into_iter().map(|(lane, sequences)| Action::Park { number, lane, sequences }));
            self.actions.extend(lanes.into_iter().map(|lane| Action::Unpark { number, lane }));
            let plugin = subscriber.id.plugin.clone();
            let turns = subscriber.runner.as_ref().is_some_and(|runner| runner.state);
            let mut may = |sequence| !turns || self.turns.begin(&plugin, (number, sequence));
            while let Some((runner, recorded, attempt)) = subscriber.start(&mut may) {
                let token = Token(self.random.u64(..));
                let delivery = Delivery {
                    subscription: subscriber.id.name.clone(),
                    recorded: Arc::clone(&recorded),
                    attempt,
                    idempotency_key: identity::idempotency_key(&recorded, &subscriber.id),
                    replay: false,
                    seed: identity::seed(&self.secret, &recorded, &subscriber.id),
                    state: None,
                };
                let flight = Flight {
                    number,
                    recorded,
                    version: runner.version,
                    end: End::Settled,
                    cost: Cost::default(),
                    reads: StateReads::default(),
                    turns,
                    parks: None,
                };
                self.flights.insert(token, flight);
                self.actions.push(Action::Run { token, handler: runner.handler, delivery, reads: turns.then(|| plugin.clone()) });
            }
        }
    }

    fn start_reads(&mut self) {
        if !std::mem::take(&mut self.read_wanted) {
            return;
        }
        let synced = self.synced;
        self.subscribers.values_mut().for_each(Subscriber::unstall);
        self.actions.extend(self.reads.at_tail(synced).map(|from| Action::Read { from }));
        let hungry = || self.subscribers.values().filter(|s| s.is_hungry() && s.next <= synced).map(|s| s.next);
        while let Some(from) = self.reads.behind(hungry()) {
            self.actions.push(Action::Read { from });
        }
    }
}
