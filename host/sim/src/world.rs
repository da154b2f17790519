//! One world: what outlives its processes, and how it goes on, step by step, all by one seed.

use crate::broken::{Broken, Check, Failure, ensure};
use crate::cast::{self, Cast};
use crate::device::{Durable, Unknown, VirtualClock};
use crate::ledger::Ledger;
use crate::life::{Answer, Ending, Life};
use crate::mutant::Mutant;
use crate::producer::Producer;
use crate::stand::Standing;
use fastrand::Rng;
use oyez_engine::Request;
use oyez_model::Timestamp;
use oyez_storage::{MemoryFiles, SegmentOptions};
use std::collections::VecDeque;
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Where time begins: late enough to be set back.
const BEGINNING: Timestamp = Timestamp::from_nanos(1_000_000_000_000);
/// Steps in which a world that is left alone has to come to rest.
const REST_MAX: u64 = 100_000;
/// Lines of what happened before a failure.
const STORY: usize = 60;

/// What a world went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Things that happened.
    pub steps: u64,
    /// Events in the log at the end, emissions included.
    pub events: u64,
    /// Settlements.
    pub settled: u64,
    /// Runs that read what was written meanwhile, and ran again.
    pub overtaken: u64,
    /// Times that a delivery was parked.
    pub parked: u64,
    /// Deliveries that were dead, and redriven.
    pub redriven: u64,
    /// Deliveries that a subscription passed over when it came back.
    pub passed_over: u64,
    /// Times that the power went.
    pub crashes: u64,
    /// Processes that were started after the first.
    pub restarts: u64,
    /// A sum of all that happened: the same for the same seed.
    pub digest: u64,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.settled += other.settled;
        self.overtaken += other.overtaken;
        self.parked += other.parked;
        self.redriven += other.redriven;
        self.passed_over += other.passed_over;
        self.crashes += other.crashes;
        self.restarts += other.restarts;
        self.digest = self.digest.rotate_left(1) ^ other.digest;
    }
}

/// One world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) random: Rng,
    pub(crate) mutant: Option<Mutant>,
    pub(crate) durable: Durable,
    pub(crate) cast: Cast,
    pub(crate) producer: Producer,
    pub(crate) ledger: Ledger,
    pub(crate) life: Life,
    pub(crate) now: Timestamp,
    /// The clock was set back.
    pub(crate) cut: bool,
    /// Nothing bad happens any more.
    pub(crate) calm: bool,
    /// How many handlers fail: see [`crate::handler::Weather`].
    pub(crate) luck: u8,
    /// Past it, handlers emit nothing and producers send nothing new.
    pub(crate) events_max: usize,
    pub(crate) report: Report,
    /// What happened last; nothing while nobody wants to know.
    story: Option<VecDeque<String>>,
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Hear,
    Write,
    Work,
    Grow,
    Wait,
    Places,
    Publish,
    Operate,
    Checkpoint,
    Arm,
    Heal,
    End(Ending),
}

/// Lets the world of a seed live and come to rest.
///
/// # Errors
/// It broke a law, or the product panicked.
pub fn run(seed: u64, mutant: Option<Mutant>) -> Result<Report, Failure> {
    // Once more if it fails, with its story: a world is the same each time, and telling takes time.
    live(seed, mutant, None).or_else(|_| live(seed, mutant, Some(VecDeque::new())))
}

fn live(seed: u64, mutant: Option<Mutant>, story: Option<VecDeque<String>>) -> Result<Report, Failure> {
    let failure = |step, what, story| Failure { seed, step, what, story };
    let mut world = World::new(seed, mutant, story).map_err(|Broken(what)| failure(0, what, Vec::new()))?;
    let lived = catch_unwind(AssertUnwindSafe(|| world.live())).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref().copied());
        Err(Broken(format!("a panic: {}", text.unwrap_or("without words"))))
    });
    match lived {
        Ok(()) => Ok(world.report()),
        Err(Broken(what)) => Err(failure(world.report.steps, what, world.story.unwrap_or_default().into())),
    }
}

impl World {
    fn new(seed: u64, mutant: Option<Mutant>, story: Option<VecDeque<String>>) -> Check<Self> {
        let mut random = Rng::with_seed(seed);
        let files = MemoryFiles::crashing();
        let files = if mutant == Some(Mutant::ReceiptBeforeSync) { files.without_sync() } else { files };
        let durable = Durable {
            files: Arc::new(files),
            store: Arc::default(),
            clock: Arc::new(VirtualClock::at(BEGINNING)),
            unknown: Unknown::default(),
            segments: SegmentOptions { segment_bytes: random.u64(1_000..12_000), salt: random.u64(..) },
            window: Duration::from_secs(if random.u8(..4) == 0 { 3 } else { 24 * 60 * 60 }),
        };
        let cast = Cast::new(&mut random);
        let life = Life::open(&durable, mutant, random.u64(..)).map_err(|error| Broken(error.to_string()))?;
        let mut world = Self {
            events_max: random.usize(5..80),
            producer: Producer::new(cast::one_of(&mut random, &[3, 3, 12])),
            luck: cast::one_of(&mut random, &[10, 20, 60]),
            random,
            mutant,
            ledger: Ledger::new(durable.window),
            durable,
            cast,
            life,
            now: BEGINNING,
            cut: false,
            calm: false,
            report: Report::default(),
            story,
        };
        world.look_around()?;
        Ok(world)
    }

    fn live(&mut self) -> Check {
        for _ in 0..self.random.u32(100..700) {
            let step = self.chance();
            self.step(step)?;
        }
        self.calm = true;
        self.rest()?;
        // Nothing is left to do: so the next process does nothing.
        let end = self.ledger.end;
        self.step(Step::End(Ending::PowerCut))?;
        self.rest()?;
        ensure!(self.ledger.end == end, "the log ended at {end} when all was over, and after a restart it ends at {}", self.ledger.end);
        Ok(())
    }

    fn chance(&mut self) -> Step {
        let failed = self.life.engine.unavailable().is_some();
        match self.random.u32(..1_000) {
            0..=5 => Step::End([Ending::PowerCut, Ending::Kill, Ending::Stop][self.random.usize(..3)]),
            6..=50 if failed => Step::End(if self.random.bool() { Ending::PowerCut } else { Ending::Kill }),
            51..=80 if failed => Step::Heal,
            6..=11 => Step::Arm,
            12..=35 => Step::Checkpoint,
            36..=75 => Step::Operate,
            76..=120 => Step::Publish,
            121..=160 => Step::Places,
            161..=240 => Step::Wait,
            241..=320 => Step::Grow,
            321..=500 => Step::Write,
            501..=720 => Step::Hear,
            _ => Step::Work,
        }
    }

    fn step(&mut self, step: Step) -> Check {
        self.report.steps += 1;
        let (now, end) = (self.now.since(BEGINNING), self.ledger.end);
        self.tell(|| format!("{step:?} at {now:?}, the log ends at {end}"));
        self.note(step);
        match step {
            Step::Hear => self.hear(),
            Step::Write => self.write(),
            Step::Work => self.work(),
            Step::Grow => self.grow(),
            Step::Wait => self.wait(),
            Step::Places => {
                self.tell_places();
                crate::views::check(&self.life.engine, &mut self.ledger)
            }
            Step::Publish => {
                self.publish();
                Ok(())
            }
            Step::Operate => {
                self.operate();
                Ok(())
            }
            Step::Checkpoint => self.checkpoint(),
            Step::Arm => {
                self.arm();
                Ok(())
            }
            Step::Heal => {
                self.heal();
                Ok(())
            }
            Step::End(ending) => self.end(ending),
        }
    }

    /// What was to fail, or failed, does not from here on.
    fn heal(&mut self) {
        self.durable.files.full_after(u64::MAX);
        self.durable.files.fail_after(u64::MAX);
    }

    /// Adds a line to the story, if it is told.
    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            if story.len() == STORY {
                story.pop_front();
            }
            story.push_back(format!("{:>6}  {}", self.report.steps, line()));
        }
    }

    /// Sums up what happens.
    fn note(&mut self, step: Step) {
        let kind = match step {
            Step::End(ending) => 16 + ending as u64,
            Step::Hear => 1,
            Step::Write => 2,
            Step::Work => 3,
            _ => 4,
        };
        let life = &self.life;
        let sizes = [kind, self.ledger.end.0, self.now.nanos(), life.tasks.len() as u64, life.inputs.len() as u64, life.inbox.len() as u64];
        for value in sizes {
            self.report.digest = (self.report.digest ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
        }
    }

    fn report(&self) -> Report {
        let stands = || self.ledger.subscriptions.values().flat_map(|subscription| subscription.stands.values());
        Report {
            events: self.ledger.events.len() as u64,
            settled: self.ledger.settled(),
            overtaken: self.report.overtaken + self.life.dispatcher.overtaken_runs(),
            parked: self.ledger.subscriptions.values().map(|subscription| subscription.parkings).sum(),
            redriven: stands().filter(|stand| stand.round > 0).count() as u64,
            passed_over: stands().filter(|stand| stand.standing == Standing::Passed).count() as u64,
            ..self.report
        }
    }

    pub(crate) fn set_now(&mut self, now: Timestamp) {
        self.now = now;
        self.durable.clock.set(now);
    }

    /// Time passes: a little, or until something is due, or longer than any window.
    fn wait(&mut self) -> Check {
        let due = self.life.dispatcher.next_wake().filter(|due| *due > self.now);
        let later = match self.random.u8(..20) {
            0 => self.now.after(Duration::from_millis(self.random.u64(..4_000))),
            1..=9 => due.unwrap_or(self.now),
            _ => self.now.after(Duration::from_micros(self.random.u64(..5_000))),
        };
        self.set_now(later);
        self.act()
    }

    fn publish(&mut self) {
        if self.ledger.events.len() < self.events_max {
            let forges = self.durable.window > Duration::from_hours(1);
            let (number, events) = self.producer.send(&mut self.random, forges);
            self.request_publish(number, events);
        }
    }

    fn request_publish(&mut self, number: u64, events: Vec<oyez_model::event::Event>) {
        let reply = self.life.reply(move |result| Answer::Published(number, result));
        self.life.inbox.push_back(Request::Publish { events, expected: None, reply });
    }

    /// Leaves the world alone, until nothing moves.
    fn rest(&mut self) -> Check {
        self.heal();
        for index in 0..self.cast.members.len() {
            let member = &mut self.cast.members[index];
            if !std::mem::replace(&mut member.installed, true) && !member.busy {
                self.take_up(index);
            }
        }
        for _ in 0..REST_MAX {
            // What the device failed at is written now.
            if self.life.engine.unavailable().is_some() {
                self.step(Step::Write)?;
            }
            while let Some((number, events)) = self.producer.send_again() {
                self.request_publish(number, events);
            }
            if !self.life.is_still() {
                let step = [Step::Hear, Step::Write, Step::Work][self.random.usize(..3)];
                self.step(step)?;
                continue;
            }
            self.step(Step::Grow)?;
            if self.life.is_still() {
                match self.life.dispatcher.next_wake() {
                    Some(due) => {
                        self.set_now(self.now.max(due));
                        self.act()?;
                    }
                    None if self.lift()? => {}
                    None => return self.is_over(),
                }
            }
        }
        let Life { inbox, inputs, tasks, .. } = &self.life;
        Err(Broken(format!("it does not come to rest: {inbox:?}, {inputs:?}, {tasks:?}")))
    }

    fn is_over(&mut self) -> Check {
        self.producer.is_over(&self.ledger)?;
        self.ledger.is_over()?;
        crate::views::check_stored(&self.life.engine, &self.ledger)
    }
}
