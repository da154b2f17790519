//! The dispatcher, run from a seed: reads, runs and settlements end in any order, handlers do anything, and the process dies at times.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_dispatch::{Action, Attachment, Dispatcher, Reopened, Runner, Secret, Token};
use oyez_engine::{Mark, Progress, RowState, SettleError};
use oyez_event::Event;
use oyez_model::port::{BoxFuture, Handler};
use oyez_model::{
    Cost, Delivery, Emission, End, Epoch, Filter, Lineage, Ordering, Outcome, Recorded, Sequence, Settle, Shortage, SubscriptionId,
    SubscriptionNumber, SubscriptionSpec, Timestamp, Verdict,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Never called: the world makes the outcomes.
#[derive(Debug)]
struct Nobody;

impl Handler for Nobody {
    fn attempt(&self, _: Delivery) -> BoxFuture<Outcome> {
        unreachable!("the world runs the handlers")
    }
}

/// What outlives the process: the log, and what the engine knows of each subscription.
struct Durable {
    events: Vec<Recorded>,
    next: Sequence,
    subscriptions: Vec<(SubscriptionSpec, Progress)>,
    ends: HashMap<(SubscriptionNumber, Sequence), Vec<End>>,
}

struct World {
    random: fastrand::Rng,
    now: Timestamp,
    durable: Durable,
    dispatcher: Dispatcher,
    under_way: Vec<Action>,
    /// By lane: what holds it, and what held it last.
    lanes: BTreeMap<(SubscriptionNumber, String), (Option<Sequence>, Sequence)>,
    running: HashMap<SubscriptionNumber, usize>,
}

fn dispatcher(random: &mut fastrand::Rng, durable: &Durable, now: Timestamp) -> Dispatcher {
    let mut dispatcher = Dispatcher::new(Secret([7; 32]), random.u64(..), durable.next.previous());
    for (spec, progress) in &durable.subscriptions {
        let event = |sequence: Sequence| durable.events.iter().find(|r| r.sequence == sequence).cloned().unwrap();
        let open = |(sequence, mark): (&Sequence, &Mark)| {
            let RowState::Waiting { due } = mark.state else { return None };
            Some(Reopened { recorded: Arc::new(event(*sequence)), round: mark.round, attempts: mark.attempts, due: Some(due) })
        };
        let runner = Runner { handler: Arc::new(Nobody), version: None, state: false };
        let open = progress.rows.iter().filter_map(open).collect();
        let attachment = Attachment {
            progress: progress.clone(),
            open,
            spec: spec.clone(),
            limits: oyez_model::Limits::default(),
            runner,
            paused: false,
            suspects: BTreeSet::new(),
        };
        dispatcher.attach(attachment, now);
    }
    dispatcher
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let filters = |i: u32| if i == 0 { vec![] } else { vec![Filter::new("exact", vec![("type".to_owned(), format!("t{i}"))]).unwrap()] };
        let subscriptions = (0..4)
            .map(|i| {
                let ordering = [Ordering::Key, Ordering::Key, Ordering::None, Ordering::Total][i as usize];
                let id = SubscriptionId::parse(&format!("p{i}/on")).unwrap();
                let mut spec = SubscriptionSpec::new(id.name.clone(), filters(i));
                spec.ordering = ordering;
                spec.concurrency = random.usize(1..5);
                spec.retry.attempts = 3;
                spec.retry.delay = Duration::from_millis(5);
                let epochs = vec![Epoch { begins: Sequence(0), filters: filters(i), ordering }];
                let (ended, attempts, rows) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
                (
                    spec,
                    Progress {
                        number: SubscriptionNumber(i),
                        id,
                        epochs,
                        place: Sequence(0),
                        ended,
                        settled: 0,
                        attempts,
                        rows,
                        parked: BTreeMap::new(),
                    },
                )
            })
            .collect();
        let durable = Durable { events: Vec::new(), next: Sequence(1), subscriptions, ends: HashMap::new() };
        let now = Timestamp::from_nanos(1);
        let dispatcher = dispatcher(&mut random, &durable, now);
        Self { random, now, durable, dispatcher, under_way: Vec::new(), lanes: BTreeMap::new(), running: HashMap::new() }
    }

    fn publish(&mut self) {
        let (sequence, ty, key) = (self.durable.next, self.random.u32(0..4), self.random.u32(0..3));
        let event = Event::new(sequence.to_string(), "/world", format!("t{ty}")).unwrap();
        let event = if key == 0 { event } else { event.with_extension("partitionkey", format!("k{key}")).unwrap() };
        self.durable.events.push(Recorded { sequence, accepted: self.now, lineage: None, event });
        // Not always dense: changes take sequences too.
        self.durable.next = sequence.plus(self.random.u64(1..3));
        self.dispatcher.grown(self.durable.next.previous());
    }

    /// Lets one thing under way come to its end, whichever.
    fn step(&mut self) {
        self.take_actions();
        self.come_to_an_end();
        self.take_actions();
    }

    fn take_actions(&mut self) {
        let fresh = self.dispatcher.actions();
        for action in &fresh {
            if let Action::Run { delivery, .. } = action {
                self.started(delivery);
            }
        }
        self.under_way.extend(fresh);
    }

    fn come_to_an_end(&mut self) {
        if self.under_way.is_empty() {
            let due = self.dispatcher.next_wake().unwrap_or(self.now);
            self.now = self.now.max(due);
            return self.dispatcher.wake(self.now);
        }
        match self.under_way.swap_remove(self.random.usize(0..self.under_way.len())) {
            Action::Read { from } => self.read(from),
            Action::Run { token, delivery, .. } => self.run(token, &delivery),
            Action::Settle { token, settle, .. } => {
                let result = self.settle(*settle);
                self.dispatcher.settled(token, result, self.now);
            }
            parking @ (Action::Park { .. } | Action::Unpark { .. }) => unreachable!("no subscription here parks: {parking:?}"),
        }
    }

    fn number(&self, delivery: &Delivery) -> SubscriptionNumber {
        let key = &delivery.idempotency_key;
        let find = |(_, p): &&(SubscriptionSpec, Progress)| key_of(&delivery.recorded, &p.id) == *key;
        self.durable.subscriptions.iter().find(find).unwrap().1.number
    }

    fn lane(&self, number: SubscriptionNumber, recorded: &Recorded) -> Option<(SubscriptionNumber, String)> {
        match self.durable.subscriptions[number.0 as usize].0.ordering {
            Ordering::Total => Some((number, String::new())),
            Ordering::Key if recorded.event.has_partition_key() => Some((number, recorded.event.partition_key().to_owned())),
            _ => None,
        }
    }

    fn started(&mut self, delivery: &Delivery) {
        let number = self.number(delivery);
        let running = self.running.entry(number).or_default();
        *running += 1;
        assert!(*running <= self.durable.subscriptions[number.0 as usize].0.concurrency, "more at once than `concurrency`");
        let sequence = delivery.recorded.sequence;
        if let Some(lane) = self.lane(number, &delivery.recorded) {
            let (holder, last) = self.lanes.entry(lane).or_default();
            assert!(holder.is_none_or(|holder| holder == sequence), "two of one key at once");
            assert!(*last <= sequence, "{sequence} of a key runs after {last}");
            (*holder, *last) = (Some(sequence), sequence);
        }
    }

    fn read(&mut self, from: Sequence) {
        let events: Vec<_> = self.durable.events.iter().filter(|r| r.sequence >= from).take(self.random.usize(1..20)).cloned().collect();
        let all = self.durable.events.last().is_none_or(|last| events.last().is_none_or(|read| read.sequence == last.sequence));
        let next = if all { self.durable.next } else { events.last().unwrap().sequence.next() };
        self.dispatcher.read(from, events, next);
    }

    fn run(&mut self, token: Token, delivery: &Delivery) {
        let number = self.number(delivery);
        *self.running.get_mut(&number).unwrap() -= 1;
        let verdict = match self.random.u32(0..10) {
            0 => Verdict::Retry { reason: "busy".to_owned(), after: self.random.bool().then_some(Duration::from_millis(1)) },
            1 => Verdict::Trapped("boom".to_owned()),
            2 => Verdict::Rejected("no".to_owned()),
            3 => return self.dispatcher.ended(token, Outcome::NotRun(Shortage("full".to_owned())), self.now),
            4 if delivery.recorded.lineage.is_none_or(|l| l.depth < 3) => {
                Verdict::Completed(vec![Emission { ty: "t1".to_owned(), ..Emission::default() }; 2])
            }
            _ => Verdict::Completed(Vec::new()),
        };
        self.now = self.now.after(Duration::from_micros(10));
        self.dispatcher.ended(token, Outcome::stateless(verdict, Cost::default()), self.now);
    }

    /// What the engine does with a settlement, in short.
    fn settle(&mut self, settle: Settle) -> Result<(), SettleError> {
        let key = (settle.subscription, settle.sequence);
        let progress = &mut self.durable.subscriptions[settle.subscription.0 as usize].1;
        let expected = match progress.rows.get(&settle.sequence) {
            Some(mark) => Some((mark.round, mark.attempts + 1)).filter(|_| mark.state != RowState::Dead),
            None => (!progress.is_past(settle.sequence)).then_some((0, 1)),
        };
        assert_eq!(expected, Some((settle.round, settle.attempt)), "a delivery was run out of turn");
        progress.ended.insert(settle.sequence);
        match settle.end {
            End::Settled => drop(progress.rows.remove(&settle.sequence)),
            End::Waiting { due } => {
                let state = RowState::Waiting { due };
                progress.rows.insert(settle.sequence, Mark { state, round: settle.round, attempts: settle.attempt });
            }
            End::Dead => {
                progress.rows.insert(settle.sequence, Mark { state: RowState::Dead, round: settle.round, attempts: settle.attempt });
            }
        }
        self.durable.ends.entry(key).or_default().push(settle.end);
        let recorded = self.durable.events.iter().find(|r| r.sequence == settle.sequence).unwrap().clone();
        if !matches!(settle.end, End::Waiting { .. })
            && let Some(lane) = self.lane(settle.subscription, &recorded)
        {
            self.lanes.entry(lane).or_default().0 = None;
        }
        let first = self.durable.next.next();
        for (sequence, event) in (first.0..).map(Sequence).zip(settle.emissions) {
            let lineage = Some(Lineage { root: settle.root, parent: settle.sequence, depth: settle.depth });
            self.durable.events.push(Recorded { sequence, accepted: self.now, lineage, event });
            self.durable.next = sequence.next();
        }
        self.dispatcher.grown(self.durable.next.previous());
        Ok(())
    }

    /// Places are told now and then; what was told last is what a crash leaves.
    fn tell_places(&mut self) {
        for (number, place) in self.dispatcher.places() {
            let progress = &mut self.durable.subscriptions[number.0 as usize].1;
            assert!(place > progress.place);
            progress.place = place;
            progress.ended = progress.ended.split_off(&place.next());
        }
    }

    fn crash(&mut self) {
        self.under_way.clear();
        self.running.clear();
        for (holder, last) in self.lanes.values_mut() {
            // What was running runs again; what it held it still holds.
            *last = holder.take().map_or(*last, |holder| holder.min(*last));
        }
        self.dispatcher = dispatcher(&mut self.random, &self.durable, self.now);
    }

    fn is_over(&self) -> bool {
        self.under_way.is_empty() && self.dispatcher.next_wake().is_none() && self.dispatcher.in_flight() == 0
    }
}

fn key_of(recorded: &Recorded, id: &SubscriptionId) -> String {
    use sha2::{Digest, Sha256};
    let mut sum = Sha256::new();
    for part in [recorded.event.source(), recorded.event.id(), &id.to_string()] {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part);
    }
    sum.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_event_is_settled_once_or_dead_in_order_whatever_happens() {
    for seed in 0..150 {
        let mut world = World::new(seed);
        for _ in 0..1_500 {
            match world.random.u32(0..100) {
                0..=14 => world.publish(),
                15..=20 => world.tell_places(),
                21 if seed % 2 == 0 => world.crash(),
                _ => world.step(),
            }
        }
        let mut steps = 0;
        loop {
            world.step();
            steps += 1;
            if world.is_over() {
                break;
            }
            assert!(steps < 200_000, "seed {seed}: it does not come to an end");
        }
        let Durable { events, subscriptions, ends, .. } = &world.durable;
        for (_, progress) in subscriptions {
            for recorded in events {
                let ends: Vec<_> = ends.get(&(progress.number, recorded.sequence)).into_iter().flatten().collect();
                let last = ends.iter().filter(|end| !matches!(end, End::Waiting { .. })).count();
                assert_eq!(
                    last,
                    usize::from(progress.takes(recorded.sequence, &recorded.event)),
                    "seed {seed}, {} of {}",
                    recorded.sequence,
                    progress.id
                );
            }
        }
    }
}
