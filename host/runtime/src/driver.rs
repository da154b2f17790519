//! The task that owns the dispatcher: tells it what happened, and does what it says.

use crate::status::Used;
use oyez_dispatch::{Action, Attachment, Dispatcher, Load, Quarantine, Reopened, Token};
use oyez_engine::{ControlError, Engine, SettleError};
use oyez_model::port::{Clock, Handler, LogError, Register};
use oyez_model::{Cost, Delivery, Lane, Outcome, PluginName, Recorded, Sequence, SubscriptionNumber, Verdict};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// A read of the log brings this much, in bytes, and at least one frame.
const READ_BYTES: usize = 1 << 20;
/// Places are told to the engine this often.
const PLACES_EVERY: Duration = Duration::from_millis(100);
/// How late this task is, is looked at this often: the neighbours of a storm wait for so long until it is slowed.
const PACES_EVERY: Duration = Duration::from_millis(50);
/// A read that failed is tried again after this long.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// Parked deliveries of a lane are taken up this many at a time.
const UNPARKED_AT_ONCE: usize = 256;
/// What has happened is taken up this much at a time.
const TAKEN_AT_ONCE: usize = 1_024;

/// Something that happened, or is asked for.
pub(crate) enum Input {
    Attach(Box<Attachment>),
    Hold(SubscriptionNumber, oneshot::Sender<()>),
    Detach(SubscriptionNumber),
    Redriven(SubscriptionNumber, Reopened),
    Ended(SubscriptionNumber, Token, Outcome),
    /// And when it was told.
    Settled(Token, Result<(), SettleError>, Instant),
    Parked(SubscriptionNumber, Lane, Vec<Sequence>, Result<(), ControlError>),
    Unparked(SubscriptionNumber, Lane, Vec<Reopened>, bool),
    Dropped(SubscriptionNumber, Sequence),
    Released(SubscriptionNumber, Lane),
    Read(Sequence, Vec<Recorded>, Sequence),
    BeforeGap(SubscriptionNumber, Sequence, oneshot::Sender<Vec<Sequence>>),
    AfterGap(SubscriptionNumber, Sequence, Vec<Sequence>),
    WhenStill(PluginName, Vec<SubscriptionNumber>, oneshot::Sender<Vec<(SubscriptionNumber, Vec<Sequence>)>>),
    WhenOver(Vec<SubscriptionNumber>, oneshot::Sender<()>),
    Pause(PluginName, bool),
    Report(oneshot::Sender<Report>),
    /// All that is there from the start is attached.
    Gathered,
    Halt,
}

/// What is in hand just now.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) loads: HashMap<SubscriptionNumber, Load>,
    pub(crate) quarantined: HashMap<PluginName, Quarantine>,
    pub(crate) unmatched: u64,
    pub(crate) overtaken: u64,
    pub(crate) used: HashMap<SubscriptionNumber, Used>,
    /// Plugins that are slowed, and to how many runs a second.
    pub(crate) slowed: HashMap<PluginName, u32>,
}

/// Where inputs go. Never full: what comes in is bounded by what the dispatcher has under way.
pub(crate) type Inputs = mpsc::UnboundedSender<Input>;

pub(crate) struct Driver {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) inputs: Inputs,
    pub(crate) register: Arc<dyn Register>,
    /// Who waits for something to come to an end.
    pub(crate) waiting: Vec<Input>,
    /// What attempts used, by their subscription.
    pub(crate) used: HashMap<SubscriptionNumber, Used>,
    pub(crate) late: Late,
}

/// How late this task takes up what it is told: what it costs to pass something on from thread to thread just now.
#[derive(Debug, Default)]
pub(crate) struct Late {
    sum: Duration,
    count: u32,
}

impl Late {
    fn note(&mut self, late: Duration) {
        self.sum += late;
        self.count += 1;
    }

    /// On average, since this was asked last.
    fn take(&mut self) -> Duration {
        let Self { sum, count } = std::mem::take(self);
        sum / count.max(1)
    }
}

impl Driver {
    /// Runs until it is halted and all that ran is settled.
    pub(crate) async fn run(mut self, mut inputs: mpsc::UnboundedReceiver<Input>) {
        let mut synced = self.engine.watch();
        let mut places = tokio::time::interval(PLACES_EVERY);
        let mut paces = tokio::time::interval(PACES_EVERY);
        let mut batch = Vec::new();
        let mut halted = false;
        self.act();
        while !(halted && self.dispatcher.in_flight() == 0) {
            let wake = self.dispatcher.next_wake().map(|due| Instant::now() + due.since(self.clock.now()));
            tokio::select! {
                taken = inputs.recv_many(&mut batch, TAKEN_AT_ONCE) => {
                    halted |= taken == 0;
                    for input in batch.drain(..) {
                        halted |= matches!(input, Input::Halt);
                        self.take(input);
                    }
                }
                grown = synced.changed() => {
                    let end = *synced.borrow_and_update();
                    self.dispatcher.grown(end);
                    halted |= grown.is_err();
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                _ = places.tick() => self.tell_places(),
                _ = paces.tick() => self.dispatcher.look(self.late.take()),
            }
            self.dispatcher.wake(self.clock.now());
            if halted {
                self.dispatcher.halt();
            }
            self.act();
            self.answer();
        }
        self.tell_places();
        self.register.clear();
    }

    /// Tells those that wait for an end which has come.
    fn answer(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting {
                Input::WhenStill(plugin, numbers, done) if self.dispatcher.is_still(&plugin) => {
                    // What ended is counted by the engine up to here.
                    self.tell_places();
                    let _ = done.send(numbers.into_iter().map(|number| (number, self.dispatcher.taken(number))).collect());
                }
                Input::WhenOver(numbers, done) if numbers.iter().all(|number| self.dispatcher.is_over(*number)) => drop(done.send(())),
                waiting => self.waiting.push(waiting),
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Attach(mut attachment) => {
                // A lane may have been let go since its rows were read, when nobody was here to hear of it.
                if let Some(now) = self.engine.progress(attachment.progress.number) {
                    attachment.progress.parked = now.parked;
                }
                self.dispatcher.attach(*attachment, self.clock.now());
            }
            Input::Hold(number, done) => {
                self.dispatcher.hold(number);
                let _ = done.send(());
            }
            Input::Detach(number) => self.dispatcher.detach(number),
            Input::Redriven(number, reopened) => self.dispatcher.redriven(number, reopened),
            Input::Ended(number, token, outcome) => {
                if let Outcome::Settled { cost, .. } = &outcome {
                    let used = self.used.entry(number).or_default();
                    *used = used.and(Used::from(*cost));
                }
                self.dispatcher.ended(token, outcome, self.clock.now());
            }
            Input::Settled(token, result, told) => {
                self.late.note(told.elapsed());
                self.dispatcher.settled(token, result, self.clock.now());
            }
            Input::Parked(number, lane, sequences, result) => self.dispatcher.parked(number, &lane, &sequences, result),
            Input::Unparked(number, lane, rows, more) => self.dispatcher.unparked(number, &lane, rows, more),
            Input::Dropped(number, sequence) => self.dispatcher.dropped(number, sequence),
            Input::Released(number, lane) => self.dispatcher.released(number, &lane),
            Input::Read(from, events, next) => self.dispatcher.read(from, events, next),
            Input::BeforeGap(number, to, done) => drop(done.send(self.dispatcher.before_gap(number, to))),
            Input::AfterGap(number, to, kept) => self.dispatcher.after_gap(number, to, &kept),
            waiting @ (Input::WhenStill(..) | Input::WhenOver(..)) => self.waiting.push(waiting),
            Input::Pause(plugin, paused) => self.dispatcher.pause(&plugin, paused),
            Input::Report(reply) => {
                let loads = self.dispatcher.loads().collect();
                let quarantined = self.dispatcher.quarantined().collect();
                let slowed = self.dispatcher.slowed().collect();
                let (unmatched, overtaken) = (self.dispatcher.unmatched(), self.dispatcher.overtaken_runs());
                let _ = reply.send(Report { loads, quarantined, unmatched, overtaken, used: self.used.clone(), slowed });
            }
            Input::Gathered => self.dispatcher.gathered(),
            Input::Halt => {}
        }
    }

    fn act(&mut self) {
        for action in self.dispatcher.actions() {
            let inputs = self.inputs.clone();
            match action {
                Action::Read { from } => drop(tokio::spawn(read(self.engine.clone(), from, inputs))),
                Action::Run { token, handler, mut delivery, started, reads } => {
                    delivery.state = reads.map(|plugin| self.engine.snapshot(plugin));
                    let register = Arc::clone(&self.register);
                    drop(tokio::spawn(async move {
                        let number = started.number;
                        let slot = register.begin(started);
                        let outcome = run(handler, delivery).await;
                        register.end(slot);
                        let _ = inputs.send(Input::Ended(number, token, outcome));
                    }));
                }
                Action::Settle { token, settle, state, recorded } => {
                    let reply = move |result: Result<_, SettleError>| drop(inputs.send(Input::Settled(token, result.map(drop), Instant::now())));
                    self.engine.settle(settle, state, recorded, Box::new(reply));
                }
                Action::Park { number, lane, sequences } => {
                    let (of, which) = (lane.clone(), sequences.clone());
                    let reply = move |result: Result<_, ControlError>| drop(inputs.send(Input::Parked(number, of, which, result.map(drop))));
                    self.engine.park(number, lane, sequences, Box::new(reply));
                }
                Action::Unpark { number, lane } => drop(tokio::spawn(unpark(self.engine.clone(), number, lane, inputs))),
            }
        }
    }

    fn tell_places(&mut self) {
        for (number, place) in self.dispatcher.places() {
            self.engine.advance(number, place);
        }
    }
}

async fn run(handler: Arc<dyn Handler>, delivery: Delivery) -> Outcome {
    // By law a handler does not panic; should one, it is the attempt's end and not the host's.
    tokio::spawn(handler.attempt(delivery)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a handler broke its law and panicked");
        Outcome::stateless(Verdict::Trapped("the host's side of the handler panicked".to_owned()), Cost::default())
    })
}

async fn read(engine: Engine, from: Sequence, inputs: Inputs) {
    loop {
        let reader = engine.clone();
        let result = tokio::task::spawn_blocking(move || reader.read(from, READ_BYTES)).await;
        let error = match result {
            Ok(Ok((events, next))) => return drop(inputs.send(Input::Read(from, events, next))),
            Ok(Err(error)) => error,
            // The process ends.
            Err(_) => return,
        };
        report_unreadable(from, &error);
        tokio::time::sleep(READ_AGAIN).await;
        if inputs.is_closed() {
            return;
        }
    }
}

fn report_unreadable(from: Sequence, error: &LogError) {
    tracing::error!(%from, %error, "the log cannot be read; it is tried again");
}

/// Reads the first of what is parked in a lane.
async fn unpark(engine: Engine, number: SubscriptionNumber, lane: Lane, inputs: Inputs) {
    loop {
        let (reader, of) = (engine.clone(), lane.clone());
        let result = tokio::task::spawn_blocking(move || crate::rows::parked(&reader, number, &of, UNPARKED_AT_ONCE)).await;
        match result {
            Ok(Ok((rows, more))) => return drop(inputs.send(Input::Unparked(number, lane, rows, more))),
            Ok(Err(error)) => tracing::error!(%error, %lane, "what is parked cannot be read; it is tried again"),
            // The process ends.
            Err(_) => return,
        }
        tokio::time::sleep(READ_AGAIN).await;
        if inputs.is_closed() {
            return;
        }
    }
}
