//! One guest beside the good neighbour: the neighbour alone, then with it, on the same host, one right after the other.

use super::flow::Flow;
use super::process::Cores;
use super::{Enemy, Expect, Options, Row, Seen, Stand};
use crate::Result;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

/// How often a guest gets an event.
const BEAT: Duration = Duration::from_millis(50);
/// How long the host has to say what became of a guest.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often the neighbour is measured alone, at most, until the machine is about as calm as it was before.
const CALMS: usize = 16;
/// Tries of a guest that do not count, at most, for that the machine was kept from them ([`Row::is_robbed`]).
const ROBBED_MAX: u32 = 8;
/// How many times the calmest p99 so far still is calm.
const CALM: u32 = 3;
/// Events of a guest of which the traces are read.
const TRACED: usize = 5;

/// Puts a guest beside the neighbour, and again, for longer, where the neighbour suffered: the p99 of a few seconds is a few events, which may suffer by chance. All tries
/// count together, but those in which the machine itself was kept from it: these are none. `calmest` is the
/// least p99 that was seen without any guest: a measurement far above it says nothing of anybody, since all is lost in other work.
///
/// # Errors
/// The host does not answer: it is gone, or as good as that.
pub(super) fn run(stand: &mut Stand, flow: &Flow, enemy: &Enemy, options: &Options, course: &mut Course) -> Result<Row> {
    let guest = enemy.guest(options.bomb_bytes);
    let (mut tries, mut robbed, mut before) = (0, 0, Measured::default());
    loop {
        tries += 1;
        let plugin = if tries == 1 { enemy.name.to_owned() } else { format!("{}-{tries}", enemy.name) };
        let mut trial = Trial { stand, flow, window: options.window * (tries - robbed), events: &mut course.events, plugin: &plugin };
        let mut alone = trial.alone()?;
        for _ in 1..CALMS {
            if course.calmest.is_none_or(|calmest| alone.p99 <= calmest * CALM) {
                break;
            }
            alone = trial.alone()?;
        }
        course.calmest = Some(course.calmest.map_or(alone.p99, |calmest| calmest.min(alone.p99)));
        let mut measured = before.clone();
        let mut row = trial.beside(guest.expect, &guest, alone, &mut measured)?;
        (row.guest, row.tries, row.tried) = (enemy.name, tries, enemy.tries());
        if !row.disturbs() {
            return Ok(row);
        }
        if row.is_robbed() && robbed < ROBBED_MAX {
            robbed += 1;
        } else if tries - robbed > options.retries {
            return Ok(row);
        } else {
            before = measured;
        }
    }
}

/// When the neighbour was measured, and what it has come to.
#[derive(Clone, Debug, Default)]
struct Measured {
    alone: Vec<Range<Instant>>,
    beside: Vec<Range<Instant>>,
    /// Attempts of its that failed beside the guest.
    failed: u64,
}

/// What goes on from guest to guest.
#[derive(Debug)]
pub(super) struct Course {
    /// Numbers of the events to come for guests.
    pub(super) events: Range<u64>,
    /// The least p99 of the neighbour alone so far.
    pub(super) calmest: Option<Duration>,
}

struct Trial<'a> {
    stand: &'a mut Stand,
    flow: &'a Flow,
    window: Duration,
    events: &'a mut Range<u64>,
    plugin: &'a str,
}

/// The neighbour without the guest.
struct Alone {
    stretch: Range<Instant>,
    p99: Duration,
    /// What the host takes of the cores, a second.
    cpu: f64,
}

impl Trial<'_> {
    /// The same events come for guests, so that nothing differs but that there is none.
    fn alone(&mut self) -> Result<Alone> {
        let (begun, cpu) = (Instant::now(), self.stand.process().cpu()?);
        while begun.elapsed() < self.window {
            self.beat()?;
        }
        let (ended, cpu) = (Instant::now(), self.stand.process().cpu()?.saturating_sub(cpu));
        let stretch = begun..ended;
        let p99 = self.flow.window(std::slice::from_ref(&stretch)).p99;
        Ok(Alone { stretch, p99, cpu: cpu.as_secs_f64() / (ended - begun).as_secs_f64() })
    }

    fn beside(&mut self, expect: Expect, guest: &super::Guest, alone: Alone, measured: &mut Measured) -> Result<Row> {
        self.stand.lay_by(self.plugin, guest)?;
        let process = self.stand.process();
        process.forget_peak()?;
        let cores = Cores::now()?;
        let (begun, cpu, memory, failures) = (Instant::now(), process.cpu()?, process.memory()?, self.stand.neighbours_failures()?);
        self.stand.let_in(self.plugin)?;
        let (mut seen, mut fed) = (Seen::Nothing, Vec::new());
        while begun.elapsed() < self.window || (seen == Seen::Nothing && begun.elapsed() < PATIENCE) {
            fed.extend(self.beat()?);
            if seen == Seen::Nothing {
                seen = expect.judge(&self.stand.client(), self.plugin)?;
            }
        }
        let (ended, stolen) = (Instant::now(), Cores::now()?.stolen_since(cores));
        let held = process.cpu()?.saturating_sub(cpu).as_secs_f64() - alone.cpu * (ended - begun).as_secs_f64();
        measured.alone.push(alone.stretch);
        measured.beside.push(begun..ended);
        measured.failed += self.stand.neighbours_failures()?.saturating_sub(failures);
        let (alone, beside) = (self.flow.window(&measured.alone), self.flow.window(&measured.beside));
        // The earliest events may have come before it did. A storm's trees are deeper than anybody reads them.
        let until = if expect == Expect::Parks { 0 } else { fed.len().min(4 * TRACED) };
        let attempt = self.stand.longest_attempt(self.plugin, &fed[until.saturating_sub(TRACED)..until])?;
        let peak = process.peak()?;
        let row = Row {
            stopped: seen,
            attempt,
            held: Duration::from_secs_f64(held.max(0.0)),
            peak,
            grown: peak.saturating_sub(memory),
            alone: alone.p99,
            beside: beside.p99,
            events: beside.events,
            lost: beside.lost + alone.lost,
            failed: measured.failed,
            stolen,
            alive: self.stand.is_alive()?,
            ..Row::default()
        };
        self.stand.take_out(self.plugin)?;
        Ok(row)
    }

    /// One event for whoever takes it, and the rest of the beat.
    fn beat(&mut self) -> Result<Vec<u64>> {
        let begun = Instant::now();
        let fed = self.stand.feed(self.events.next())?;
        if let Some(early) = BEAT.checked_sub(begun.elapsed()) {
            thread::park_timeout(early);
        }
        Ok(fed)
    }
}
