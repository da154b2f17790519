//! Many subscriptions with much before them: the log is read once for all, memory stays bounded, and nobody starves.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_dispatch::{Action, Attachment, Dispatcher, Runner, Secret, Token};
use oyez_engine::Progress;
use oyez_event::{Data, Event};
use oyez_model::port::{BoxFuture, Handler};
use oyez_model::{
    Cost, Delivery, Epoch, Filter, Limits, Ordering, Outcome, Recorded, Sequence, SubscriptionId, SubscriptionNumber, SubscriptionSpec, Timestamp,
    Verdict,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_nanos(1_000);
/// Events that a read brings.
const READ: u64 = 100;

/// Never called: the tests say what comes of a run.
#[derive(Debug)]
struct Nobody;

impl Handler for Nobody {
    fn attempt(&self, _: Delivery) -> BoxFuture<Outcome> {
        unreachable!("the tests say what comes of a run")
    }
}

/// A log of so many events of several types and of this much data, a dispatcher, and what it did.
struct World {
    dispatcher: Dispatcher,
    end: u64,
    types: u64,
    bytes: usize,
    /// Events that were read, those that were read again counted again.
    read: u64,
    /// What was begun of each subscription, in order.
    begun: BTreeMap<SubscriptionNumber, Vec<u64>>,
    running: Vec<(SubscriptionNumber, Token)>,
    /// Every event that was read: those that somebody still holds.
    alive: Vec<Weak<Recorded>>,
}

impl World {
    fn new(end: u64, types: u64, bytes: usize) -> Self {
        let dispatcher = Dispatcher::new(Secret([7; 32]), 1, Sequence(end));
        Self { dispatcher, end, types, bytes, read: 0, begun: BTreeMap::new(), running: Vec::new(), alive: Vec::new() }
    }

    fn attach(&mut self, number: u32, ty: Option<u64>) {
        self.attach_of("p", number, ty);
    }

    fn attach_of(&mut self, plugin: &str, number: u32, ty: Option<u64>) {
        let id = SubscriptionId::parse(&format!("{plugin}/on-{number}")).unwrap();
        let filters: Vec<_> = ty.map(|ty| Filter::new("exact", vec![("type".to_owned(), format!("t{ty}"))]).unwrap()).into_iter().collect();
        let spec = SubscriptionSpec::new(id.name.clone(), filters.clone());
        let progress = Progress {
            number: SubscriptionNumber(number),
            id,
            epochs: vec![Epoch { begins: Sequence(0), filters, ordering: Ordering::Key }],
            place: Sequence(0),
            ended: BTreeSet::new(),
            settled: 0,
            attempts: BTreeMap::new(),
            rows: BTreeMap::new(),
            gaps: Vec::new(),
            parked: BTreeMap::new(),
        };
        let runner = Runner { handler: Arc::new(Nobody), version: None, state: false, sources: Arc::default() };
        let attachment = Attachment {
            progress,
            open: Vec::new(),
            spec,
            limits: Limits::default(),
            runner,
            paused: false,
            rebuild: None,
            suspects: BTreeSet::new(),
        };
        self.dispatcher.attach(attachment, NOW);
    }

    fn event(&self, sequence: u64) -> Recorded {
        let event = Event::new(sequence.to_string(), "/a", format!("t{}", sequence % self.types)).unwrap();
        let event = event.with_data(Data::Binary(vec![0; self.bytes])).unwrap();
        Recorded { sequence: Sequence(sequence), accepted: NOW, lineage: None, event }
    }

    /// Does what is asked, reads that were under way before the runs; whether anything was.
    fn step(&mut self) -> bool {
        let actions = self.dispatcher.actions();
        let any = !actions.is_empty();
        for action in actions {
            match action {
                Action::Read { from } => {
                    let next = self.end.min(from.0 + READ - 1) + 1;
                    let events: Vec<_> = (from.0.max(1)..next).map(|sequence| self.event(sequence)).collect();
                    self.read += events.len() as u64;
                    self.dispatcher.read(from, events, Sequence(next));
                }
                Action::Run { token, started, delivery, .. } => {
                    self.begun.entry(started.number).or_default().push(started.sequence.0);
                    self.running.push((started.number, token));
                    self.alive.push(Arc::downgrade(&delivery.recorded));
                }
                Action::Settle { token, .. } => self.dispatcher.settled(token, Ok(()), NOW),
                other => panic!("{other:?}"),
            }
        }
        any
    }

    /// Lets the runs of those complete that `ends` takes.
    fn complete(&mut self, ends: impl Fn(SubscriptionNumber) -> bool) -> bool {
        let (done, running): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running).into_iter().partition(|(number, _)| ends(*number));
        self.running = running;
        for (_, token) in &done {
            self.dispatcher.ended(*token, Outcome::stateless(Verdict::Completed(Vec::new()), Cost::default()), NOW);
        }
        !done.is_empty()
    }

    /// Goes on for as long as there is something to do.
    fn run(&mut self, ends: impl Fn(SubscriptionNumber) -> bool) {
        while self.step() || self.complete(&ends) {}
    }

    /// Deliveries that are taken and not over.
    fn open(&self) -> usize {
        self.dispatcher.loads().map(|(_, load)| load.pending + load.in_flight).sum()
    }
}

#[test]
fn a_thousand_that_start_together_read_the_log_once_and_take_each_event_once() {
    const EVENTS: u64 = 20_000;
    let mut world = World::new(EVENTS, 1_000, 10);
    world.dispatcher.gather();
    for number in 0..1_000 {
        world.attach(number, Some(u64::from(number)));
        // It is asked meanwhile, as it is while others are still on their way.
        assert!(!world.step());
    }
    world.dispatcher.gathered();
    world.run(|_| true);
    assert_eq!(world.read, EVENTS, "one scan");
    for (number, begun) in &world.begun {
        let wanted: Vec<_> = (1..=EVENTS).filter(|sequence| sequence % 1_000 == u64::from(number.0)).collect();
        assert_eq!(begun, &wanted);
    }
    assert_eq!(world.begun.len(), 1_000);
}

#[test]
fn one_that_comes_a_little_later_waits_for_those_behind_it_rather_than_read_what_they_read() {
    const EVENTS: u64 = 5_000;
    let mut world = World::new(EVENTS, 1, 10);
    world.attach(0, None);
    for _ in 0..20 {
        world.step();
    }
    let alone = world.read;
    assert!((READ..EVENTS).contains(&alone));
    world.attach(1, None);
    world.run(|_| true);
    let all: Vec<_> = (1..=EVENTS).collect();
    assert!(world.begun.values().all(|begun| begun == &all));
    assert!(world.read <= EVENTS + alone + READ, "what was read before it came, and once more: {} after {alone}", world.read);
}

#[test]
fn what_is_open_is_bounded_for_all_together_and_whoever_has_little_goes_on() {
    const EVENTS: u64 = 6_000;
    const BYTES: usize = 64 << 10;
    let mut world = World::new(EVENTS, 20, BYTES);
    // Nineteen that do not get on, each with its own events: 20 MiB each, 370 MiB together.
    (0..19).for_each(|number| world.attach(number, Some(number.into())));
    world.attach(19, Some(19));
    world.run(|number| number == SubscriptionNumber(19));
    assert_eq!(world.begun[&SubscriptionNumber(19)].len() as u64, EVENTS / 20, "the one that gets on has all of its own");
    let held = world.open() * BYTES;
    assert!((64 << 20..=256 << 20).contains(&held), "{} MiB are held", held >> 20);
    world.run(|_| true);
    for (number, begun) in &world.begun {
        let wanted: BTreeSet<_> = (1..=EVENTS).filter(|sequence| sequence % 20 == u64::from(number.0)).collect();
        assert_eq!((begun.len(), begun.iter().copied().collect::<BTreeSet<_>>()), (wanted.len(), wanted), "each once");
    }
    assert_eq!((world.open(), world.begun.len()), (0, 20));
    assert!(world.alive.iter().all(|event| event.strong_count() == 0), "nobody holds any of it");
}

#[test]
fn an_event_that_many_took_is_held_once() {
    const EVENTS: u64 = 1_000;
    let mut world = World::new(EVENTS, 1, 100 << 10);
    // A hundred times 98 MiB, if each had its own.
    (0..100).for_each(|number| world.attach(number, None));
    world.run(|_| false);
    let open: Vec<_> = world.dispatcher.loads().map(|(_, load)| load.pending + load.in_flight).collect();
    assert!(open.iter().all(|open| *open > 400), "each has taken what it may: {open:?}");
}

#[test]
fn while_the_host_is_late_one_with_much_runs_slowly_beside_one_with_little_and_both_get_all() {
    const EVENTS: u64 = 10_000;
    let mut world = World::new(EVENTS, 100, 10);
    world.attach_of("many", 1, None);
    world.attach_of("few", 2, Some(0));
    let begun = |world: &World, number: u32| world.begun.get(&SubscriptionNumber(number)).map_or(0, |begun| begun.len() as u64);
    // So many runs a millisecond: faster than any host.
    let go_on = |world: &mut World, millis: std::ops::Range<u64>, late: Duration| {
        for millis in millis {
            world.dispatcher.wake(NOW.after(Duration::from_millis(millis)));
            for _ in 0..5 {
                world.step();
                world.complete(|_| true);
            }
            if millis % 100 == 99 {
                world.dispatcher.look(late);
            }
        }
        begun(world, 1)
    };
    let late = Duration::from_millis(2);
    let first = go_on(&mut world, 0..100, late);
    assert!(first > 1_000, "nobody was late before: {first}");
    go_on(&mut world, 100..700, late);
    let before = begun(&world, 1);
    let slowed = go_on(&mut world, 700..800, late) - before;
    assert!((45..=60).contains(&slowed), "{slowed}");
    let told = |world: &World, name: &str| world.dispatcher.slowed().find(|(plugin, _)| plugin.as_str() == name).map(|(_, rate)| rate);
    assert_eq!((told(&world, "many"), told(&world, "nobody")), (Some(500), None));
    go_on(&mut world, 800..12_000, Duration::ZERO);
    assert_eq!((begun(&world, 1), begun(&world, 2), world.open()), (EVENTS, EVENTS / 100, 0));
}
