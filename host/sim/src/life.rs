//! One process: the engine and the dispatcher, and what is on its way between them.

use crate::device::{Durable, ProcessViews, Repeating, SecondFrame};
use crate::handler::Run;
use crate::mutant::Mutant;
use crate::transaction::Op;
use oyez_dispatch::{Attachment, Dispatcher, Reopened, Secret, Token};
use oyez_engine::{ControlError, Engine, EngineOptions, Frozen, OpenError, ParkedLane, PublishError, Receipt, Reply, Request, SettleError, Writer};
use oyez_model::port::{Clock, Damage, Files, Log, LogReader, Views};
use oyez_model::{Lane, OnDead, Outcome, Recorded, Sequence, SubscriptionNumber};
use oyez_storage::Segments;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// What the writer says.
#[derive(Debug)]
pub(crate) enum Answer {
    Published(u64, Result<Vec<Receipt>, PublishError>),
    Settled(Token, Result<(), SettleError>),
    /// Of a member, and whether it was known before.
    Subscribed(usize, bool, Result<SubscriptionNumber, ControlError>),
    PassedOver(usize, SubscriptionNumber, Result<(), ControlError>),
    Redriven(SubscriptionNumber, Sequence, Result<(), ControlError>),
    Parked(SubscriptionNumber, Lane, Vec<Sequence>, Result<(), ControlError>),
    Dropped(SubscriptionNumber, Sequence, Result<(), ControlError>),
    Released(SubscriptionNumber, Lane, Result<(), ControlError>),
    /// Nobody waits for it.
    Noted,
}

/// What the dispatcher is told, in this order: the driver's queue.
#[derive(Debug)]
pub(crate) enum Input {
    Hold(SubscriptionNumber, usize),
    Attach(Box<Attachment>, usize),
    Detach(SubscriptionNumber),
    Redriven(SubscriptionNumber, Reopened),
    Ended(Token, Outcome),
    Settled(Token, Result<(), SettleError>),
    Parked(SubscriptionNumber, Lane, Vec<Sequence>, Result<(), ControlError>),
    Unparked(SubscriptionNumber, Lane, Vec<Reopened>, bool),
    Dropped(SubscriptionNumber, Sequence),
    Released(SubscriptionNumber, Lane),
    Read(Sequence, Vec<Recorded>, Sequence),
}

/// What goes on beside, each at its own pace.
#[derive(Debug)]
pub(crate) enum Task {
    Read(Sequence),
    Run(Box<Run>),
    /// A member is held, or was never seen: it gets its epoch.
    Subscribe(usize),
    /// It has one: its rows are read.
    Rows(usize, SubscriptionNumber),
    /// They are read: the dispatcher is told.
    Attach(Box<Attachment>, usize),
    /// A dead letter has a new round: the dispatcher is told.
    Redriven(SubscriptionNumber, Sequence),
    /// What is parked in a lane is read.
    Unpark(SubscriptionNumber, Lane),
    /// It is read: the dispatcher is told.
    Unparked(SubscriptionNumber, Lane, Vec<Reopened>, bool),
    /// Something was given up: the dispatcher is told.
    Dropped(SubscriptionNumber, Sequence),
}

/// One process.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) engine: Engine,
    pub(crate) writer: Writer,
    pub(crate) reader: Arc<dyn LogReader>,
    pub(crate) views: Arc<ProcessViews>,
    pub(crate) dispatcher: Dispatcher,
    /// What the writer is asked.
    pub(crate) inbox: VecDeque<Request>,
    pub(crate) answers: Arc<Mutex<Vec<Answer>>>,
    pub(crate) inputs: VecDeque<Input>,
    pub(crate) tasks: Vec<Task>,
    /// A checkpoint on its way.
    pub(crate) frozen: Option<Frozen>,
    /// What each run that is over did to its state, and saw of it.
    pub(crate) notes: HashMap<Token, (Vec<Op>, Vec<Option<u64>>)>,
    /// What dead letters did to their lanes when the end of a run was decided.
    pub(crate) policies: HashMap<Token, OnDead>,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It stops: what is queued is done, and a checkpoint written.
    Stop,
    /// It is killed: what it had written is in the machine's memory.
    Kill,
    /// The power goes: what was not synced is lost in part.
    PowerCut,
}

/// Why a process does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("damage that nobody did: {0:?}")]
    Damage(Vec<Damage>),
}

impl Life {
    pub(crate) fn open(durable: &Durable, mutant: Option<Mutant>, seed: u64) -> Result<Self, StartError> {
        let files = Arc::clone(&durable.files) as Arc<dyn Files>;
        let views = Arc::new(ProcessViews::new(Arc::clone(&durable.store), mutant != Some(Mutant::DedupLostAtRestart)));
        let proof = views.applied().map_err(OpenError::from)?;
        let (segments, opened) = Segments::open(files, durable.segments, proof).map_err(OpenError::from)?;
        if !opened.damage.is_empty() {
            return Err(StartError::Damage(opened.damage));
        }
        let log: Box<dyn Log> = match mutant {
            Some(Mutant::EmissionsInASecondFrame) => Box::new(SecondFrame(Box::new(segments))),
            Some(Mutant::SettlementRepeatedAfterAnUnknownOutcome) => Box::new(Repeating::new(Box::new(segments), Arc::clone(&durable.unknown))),
            _ => Box::new(segments),
        };
        let reader = log.reader();
        let options = EngineOptions { dedup_window: durable.window, ..EngineOptions::default() };
        let clock = Arc::clone(&durable.clock) as Arc<dyn Clock>;
        let (engine, writer) = Engine::stepped(log, Arc::clone(&views) as Arc<dyn Views>, clock, options)?;
        let dispatcher = Dispatcher::new(Secret([7; 32]), seed, engine.synced());
        Ok(Self {
            engine,
            writer,
            reader,
            views,
            dispatcher,
            inbox: VecDeque::new(),
            answers: Arc::default(),
            inputs: VecDeque::new(),
            tasks: Vec::new(),
            frozen: None,
            notes: HashMap::new(),
            policies: HashMap::new(),
        })
    }

    /// Where the writer's answer to a request goes.
    pub(crate) fn reply<T>(&self, answer: impl FnOnce(T) -> Answer + Send + 'static) -> Reply<T> {
        let answers = Arc::clone(&self.answers);
        Box::new(move |given| answers.lock().push(answer(given)))
    }

    /// The lanes of a subscription that is handed over just now: some may have been let go since its rows were read.
    pub(crate) fn lanes(&self, number: SubscriptionNumber, mutant: Option<Mutant>) -> BTreeMap<Lane, ParkedLane> {
        let mut lanes = self.engine.progress(number).map(|progress| progress.parked).unwrap_or_default();
        if mutant == Some(Mutant::ParkingLiftedEarly) {
            lanes.values_mut().for_each(|lane| lane.behind.clear());
        }
        lanes
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_still(&self) -> bool {
        self.inbox.is_empty() && self.inputs.is_empty() && self.tasks.is_empty() && self.dispatcher.in_flight() == 0
    }
}
