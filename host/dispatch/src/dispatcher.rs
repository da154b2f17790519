//! The state machine: each method is something that happened, and leaves [`Action`]s to be done.

use crate::attachment::{Attachment, Load, Reopened};
use crate::attempt::{Action, Token};
use crate::flight::Flight;
use crate::held::{Held, Offered, Room};
use crate::identity::{self, Secret};
use crate::index::Index;
use crate::pace::Paces;
use crate::parking::Parking;
use crate::quarantine::Breakers;
use crate::reads::Reads;
use crate::storms::Storms;
use crate::subscriber::Subscriber;
use crate::turns::Turns;
use oyez_engine::{ControlError, Progress};
use oyez_model::port::Started;
use oyez_model::{Budget, Cost, Delivery, End, Lane, PluginName, Recorded, Sequence, StateReads, SubscriptionNumber, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Whose time comes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A delivery that waits.
    Delivery(SubscriptionNumber, Sequence),
    /// The next probe of a plugin that is held back.
    Probe(PluginName),
    /// The next run of a plugin that is slowed.
    Pace(PluginName),
}

/// Routes, runs, decides; see the crate's page.
#[derive(Debug)]
pub struct Dispatcher {
    pub(crate) secret: Secret,
    pub(crate) random: fastrand::Rng,
    pub(crate) subscribers: BTreeMap<SubscriptionNumber, Subscriber>,
    pub(crate) index: Index,
    pub(crate) reads: Reads,
    pub(crate) synced: Sequence,
    pub(crate) flights: HashMap<Token, Flight>,
    pub(crate) timers: BinaryHeap<Reverse<(Timestamp, Timer)>>,
    /// Redriven while their subscription was on its way here: its rows may have been read before.
    pub(crate) early: BTreeMap<SubscriptionNumber, Vec<Reopened>>,
    pub(crate) actions: Vec<Action>,
    /// Subscriptions whose next runs are to be looked for.
    pub(crate) touched: BTreeSet<SubscriptionNumber>,
    pub(crate) read_wanted: bool,
    pub(crate) halted: bool,
    pub(crate) unmatched: u64,
    pub(crate) turns: Turns,
    /// Deliveries that ran when the host ended without warning, and ask to run again.
    pub(crate) suspects: VecDeque<(SubscriptionNumber, Sequence)>,
    /// The one of them that does.
    pub(crate) suspect: Option<(SubscriptionNumber, Sequence)>,
    /// Runs whose reads were overtaken.
    pub(crate) overtaken: u64,
    budget: Budget,
    storms: Storms,
    pub(crate) breakers: Breakers,
    paces: Paces,
    /// As it was told last.
    now: Timestamp,
    /// What the subscriptions hold of the log, all together.
    held: Held,
    /// More subscriptions are on their way: nothing is read yet.
    gathering: bool,
    /// Some subscription may have stopped because of the others.
    short: bool,
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
            early: BTreeMap::new(),
            actions: Vec::new(),
            touched: BTreeSet::new(),
            read_wanted: true,
            halted: false,
            unmatched: 0,
            turns: Turns::default(),
            suspects: VecDeque::new(),
            suspect: None,
            overtaken: 0,
            budget: Budget::default(),
            storms: Storms::default(),
            breakers: Breakers::default(),
            paces: Paces::default(),
            now: Timestamp::default(),
            held: Held::default(),
            gathering: false,
            short: false,
        }
    }

    /// What one causation tree may come to, from here on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// What is to be done now, in order.
    pub fn actions(&mut self) -> Vec<Action> {
        if !self.halted {
            if self.short && self.room().low {
                (self.short, self.read_wanted) = (false, true);
            }
            self.admit_suspect();
            self.start_runs();
            self.start_reads();
        }
        std::mem::take(&mut self.actions)
    }

    /// A subscription runs from here on; one that runs already goes on with these settings and this handler, its runs in flight with
    /// theirs.
    pub fn attach(&mut self, attachment: Attachment, now: Timestamp) {
        let Attachment { progress, open, spec, limits, runner, paused, rebuild, suspects } = attachment;
        let Progress { number, id, place, ended, epochs, rows, parked, .. } = progress;
        self.index.put(number, &epochs);
        let known = self.subscribers.contains_key(&number);
        let held = self.held.clone();
        let delay_max = spec.retry.delay_max;
        let subscriber = self.subscribers.entry(number).or_insert_with(|| {
            // The order that holds is that of the furthest it ever was, though its place may have been lost since: another one begins only
            // when what is open is over. Before the first epoch it is gone: that of the first one that is known stands for it.
            let furthest = ended.last().into_iter().chain(rows.keys().next_back()).fold(place, |at, next| at.max(*next));
            let mut first = spec.clone();
            first.ordering = epochs.iter().rev().find(|e| e.begins <= furthest).or(epochs.first()).map_or(spec.ordering, |e| e.ordering);
            let mut subscriber = Subscriber::new(id, first, place, ended, held);
            subscriber.parking = Parking::new(&parked);
            subscriber
        });
        // What was passed over while it ran on is not looked at any more.
        subscriber.next = subscriber.next.max(place.next());
        subscriber.spec = spec;
        subscriber.limits = limits;
        subscriber.epochs = epochs;
        if !runner.state {
            self.touched.extend(self.turns.leave(&subscriber.id.plugin, number));
        }
        self.breakers.reset(&subscriber.id.plugin);
        subscriber.runner = Some(runner);
        subscriber.paused = paused;
        subscriber.rebuild = rebuild;
        subscriber.suspects.extend(suspects);
        subscriber.held = subscriber.held.saturating_sub(1);
        self.touched.insert(number);
        self.read_wanted = true;
        if !known {
            for reopened in open {
                // A clock that was set back never lengthens a wait.
                let due = reopened.due.map(|due| due.min(now.after(delay_max)));
                self.reopen(number, Reopened { due, ..reopened });
            }
        }
        for reopened in self.early.remove(&number).unwrap_or_default() {
            self.redriven(number, reopened);
        }
    }

    /// The epochs of a subscription are about to change, and its rows to be read: nothing is routed to it until it is attached again, and
    /// what is known of it stays known.
    pub fn hold(&mut self, number: SubscriptionNumber) {
        match self.subscribers.get_mut(&number) {
            Some(subscriber) => subscriber.held += 1,
            None => drop(self.early.entry(number).or_default()),
        }
    }

    /// A subscription is gone: what runs ends, nothing new begins.
    pub fn detach(&mut self, number: SubscriptionNumber) {
        self.index.remove(number);
        self.early.remove(&number);
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.runner = None;
            subscriber.held = 0;
            self.touched.extend(self.turns.leave(&subscriber.id.plugin, number));
            self.forget_if_still(number);
        }
    }

    /// Reads nothing until those that are there from the start are attached: they go through what is before them together.
    pub fn gather(&mut self) {
        self.gathering = true;
    }

    /// They are.
    pub fn gathered(&mut self) {
        self.gathering = false;
        self.read_wanted = true;
    }

    /// The log has grown up to here.
    pub fn grown(&mut self, synced: Sequence) {
        self.read_wanted |= synced > self.synced;
        self.synced = self.synced.max(synced);
    }

    /// A read is over: the events from `from` up to `next`, which is not in it.
    pub fn read(&mut self, from: Sequence, events: Vec<Recorded>, next: Sequence) {
        let new = self.reads.done(from, next);
        for mut offered in events.into_iter().map(|recorded| Offered::new(Arc::new(recorded))) {
            let excess = self.budget.excess(&offered.recorded);
            let storm = excess.map(|_| offered.recorded.root());
            if let Some(excess) = excess.filter(|_| new) {
                self.storms.notice(&offered.recorded, excess);
            }
            let mut wanted = false;
            for number in self.index.candidates(offered.recorded.event.ty()) {
                let room = self.room();
                self.short |= room.full;
                let Some(subscriber) = self.subscribers.get_mut(&number) else { continue };
                wanted |= new && !wanted && subscriber.epoch(&offered.recorded).is_some();
                if subscriber.stands_after(from) {
                    subscriber.offer(&mut offered, storm, room);
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

    /// A dead letter has a new round. Of a subscription that is not here it is among the rows that it is attached with.
    pub fn redriven(&mut self, number: SubscriptionNumber, reopened: Reopened) {
        match self.subscribers.get(&number) {
            // In hand, or let go of again since, and on its way back to a row.
            Some(subscriber) if subscriber.has_open(reopened.recorded.sequence) || subscriber.parking.is_taking_back(reopened.recorded.sequence) => {}
            Some(_) => self.reopen(number, reopened),
            None => {
                if let Some(early) = self.early.get_mut(&number) {
                    early.push(reopened);
                }
            }
        }
    }

    /// Deliveries have rows, and wait behind a dead letter of their lane; or nothing is written any more.
    pub fn parked(&mut self, number: SubscriptionNumber, lane: &Lane, sequences: &[Sequence], result: Result<(), ControlError>) {
        if let Err(error) = result {
            tracing::error!(%error, "deliveries could not be parked; nothing more is delivered");
            self.halted = true;
            return;
        }
        let room = self.room();
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.parked(lane, sequences);
            self.read_wanted |= subscriber.wants_back(room);
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
            subscriber.parking.release(lane);
            self.touched.insert(number);
        }
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Timestamp) {
        self.now = now;
        while self.timers.peek().is_some_and(|Reverse((due, _))| *due <= now) {
            match self.timers.pop() {
                Some(Reverse((due, Timer::Delivery(number, sequence)))) => {
                    if let Some(subscriber) = self.subscribers.get_mut(&number) {
                        subscriber.due(sequence, due);
                        self.touched.insert(number);
                    }
                }
                Some(Reverse((_, Timer::Probe(plugin)))) => {
                    self.breakers.wake(&plugin, now);
                    self.touch(&plugin);
                }
                Some(Reverse((_, Timer::Pace(plugin)))) => self.touched.extend(self.paces.wake(&plugin)),
                None => return,
            }
        }
    }

    /// How late settlements were told here on average, since this was said last: where the host is late for some because of the many runs
    /// of others, these are slowed.
    pub fn look(&mut self, late: Duration) {
        self.touched.extend(self.paces.look(late, self.now));
    }

    /// When [`Self::wake`] is wanted next.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }

    /// The plugins that are slowed just now, and how many runs a second each may begin.
    pub fn slowed(&self) -> impl Iterator<Item = (PluginName, u32)> {
        self.paces.rates()
    }

    /// The places that moved since this was asked last.
    pub fn places(&mut self) -> Vec<(SubscriptionNumber, Sequence)> {
        self.subscribers.iter_mut().filter_map(|(number, s)| s.place_to_tell().map(|place| (*number, place))).collect()
    }

    /// What each subscription that is attached has in hand.
    pub fn loads(&self) -> impl Iterator<Item = (SubscriptionNumber, Load)> {
        self.subscribers.iter().map(|(number, subscriber)| (*number, subscriber.load()))
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

    /// What a plugin may run is to be looked for.
    pub(crate) fn touch(&mut self, plugin: &PluginName) {
        let ours = self.subscribers.iter().filter(|(_, subscriber)| subscriber.id.plugin == *plugin).map(|(number, _)| *number);
        self.touched.extend(ours);
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
            self.timers.push(Reverse((due, Timer::Delivery(number, recorded.sequence))));
        }
        subscriber.enter(&mut Offered::new(recorded), round, attempts, due);
        self.touched.insert(number);
    }

    pub(crate) fn forget_if_still(&mut self, number: SubscriptionNumber) {
        if self.subscribers.get(&number).is_some_and(|s| s.runner.is_none() && s.held == 0 && s.is_still()) {
            self.subscribers.remove(&number);
        }
    }

    /// Of those that may be why the host ended without warning one runs at a time: should it end again, it is known why.
    fn admit_suspect(&mut self) {
        for number in &self.touched {
            let asking = self.subscribers.get_mut(number).map(Subscriber::asking).unwrap_or_default();
            self.suspects.extend(asking.into_iter().map(|sequence| (*number, sequence)));
        }
        if self.suspects.is_empty()
            || self.suspect.is_some_and(|(number, sequence)| self.subscribers.get(&number).is_some_and(|s| s.is_at_work(sequence)))
        {
            return;
        }
        self.suspects.retain(|(number, sequence)| self.subscribers.get(number).is_some_and(|s| s.has_open(*sequence)));
        let next = self.suspects.iter().position(|(number, sequence)| self.subscribers.get(number).is_some_and(|s| s.asks(*sequence)));
        self.suspect = next.and_then(|at| self.suspects.remove(at));
        if let Some((number, sequence)) = self.suspect
            && let Some(subscriber) = self.subscribers.get_mut(&number)
        {
            subscriber.admit(sequence);
            self.touched.insert(number);
        }
    }

    /// How much room there is for what is read.
    pub(crate) fn room(&self) -> Room {
        self.held.room(self.subscribers.len())
    }

    fn start_runs(&mut self) {
        let room = self.room();
        for number in std::mem::take(&mut self.touched) {
            let Some(subscriber) = self.subscribers.get_mut(&number) else { continue };
            let (lanes, wanted) = subscriber.parking_to_do(room);
            self.actions.extend(wanted.into_iter().map(|(lane, sequences)| Action::Park { number, lane, sequences }));
            self.actions.extend(lanes.into_iter().map(|lane| Action::Unpark { number, lane }));
            let plugin = subscriber.id.plugin.clone();
            let turns = subscriber.runner.as_ref().is_some_and(|runner| runner.state);
            let (taken, breakers) = (&mut self.turns, &mut self.breakers);
            let mut may = |sequence| {
                let who = (number, sequence);
                // Its turn it may have for long: so the probe is asked for last.
                let begun = !turns || taken.begin(&plugin, who);
                let may = begun && breakers.begin(&plugin, who);
                if begun && !may && turns {
                    taken.end(&plugin, who);
                }
                may
            };
            loop {
                if let Err(early) = self.paces.may(&plugin, number, self.now) {
                    self.timers.extend(early.map(|due| Reverse((due, Timer::Pace(plugin.clone())))));
                    break;
                }
                let Some((runner, recorded, round, attempt)) = subscriber.start(&mut may) else { break };
                self.paces.begin(&plugin, self.now);
                let token = Token(self.random.u64(..));
                let sequence = recorded.sequence;
                let started = Started { number, sequence, round, attempt, suspect: subscriber.suspects.contains(&sequence) };
                let delivery = Delivery {
                    subscription: subscriber.id.name.clone(),
                    recorded: Arc::clone(&recorded),
                    attempt,
                    idempotency_key: identity::idempotency_key(&recorded, &subscriber.id),
                    replay: subscriber.rebuild.is_some(),
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
                    log: String::new(),
                    failure: None,
                    parks: None,
                };
                self.flights.insert(token, flight);
                self.actions.push(Action::Run { token, handler: runner.handler, delivery, started, reads: turns.then(|| plugin.clone()) });
            }
        }
    }

    fn start_reads(&mut self) {
        if self.gathering || !std::mem::take(&mut self.read_wanted) {
            return;
        }
        let (synced, room) = (self.synced, self.room());
        self.subscribers.values_mut().for_each(|subscriber| subscriber.unstall(room));
        self.actions.extend(self.reads.at_tail(synced).map(|from| Action::Read { from }));
        let hungry = || self.subscribers.values().filter(|s| s.is_hungry(room) && s.next <= synced).map(|s| s.next);
        while let Some(from) = self.reads.behind(hungry()) {
            self.actions.push(Action::Read { from });
        }
    }
}
