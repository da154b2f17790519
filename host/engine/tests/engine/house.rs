//! An engine over a log and views in memory, a clock that is set, and what the tests do to it.

use oyez_engine::{Engine, EngineOptions, PublishError, Receipt, SettleError, StateTerms};
use oyez_event::{Data, Event};
use oyez_model::port::{Change, Clock, Files, Row, Space, Views, ViewsError};
use oyez_model::{Cost, End, Ordering as Order, Sequence, Settle, Settlement, SubscriptionId, SubscriptionNumber, Timestamp};
use oyez_storage::{MemoryFiles, MemoryViews, SegmentOptions, Segments};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::runtime::Runtime;

#[derive(Debug, Default)]
pub(crate) struct TestClock(pub(crate) AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// Views whose checkpoints fail while they are told to.
#[derive(Debug, Default)]
pub(crate) struct Moody {
    inner: MemoryViews,
    pub(crate) fails: AtomicBool,
}

impl Views for Moody {
    fn applied(&self) -> Result<Sequence, ViewsError> {
        self.inner.applied()
    }

    fn checkpoint(&self, changes: &[Change], applied: Sequence) -> Result<(), ViewsError> {
        if self.fails.load(Ordering::SeqCst) { Err(ViewsError::Store("moody".to_owned())) } else { self.inner.checkpoint(changes, applied) }
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        self.inner.get(space, key)
    }

    fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError> {
        self.inner.scan(space, prefix, from, limit)
    }
}

pub(crate) struct House {
    pub(crate) files: Arc<MemoryFiles>,
    pub(crate) views: Arc<Moody>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) runtime: Runtime,
}

impl House {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { files: Arc::new(MemoryFiles::crashing()), views: Arc::default(), clock: Arc::default(), runtime }
    }

    pub(crate) fn open(&self) -> Engine {
        self.open_with(EngineOptions::default())
    }

    pub(crate) fn open_with(&self, how: EngineOptions) -> Engine {
        let files = Arc::clone(&self.files) as Arc<dyn Files>;
        let options = SegmentOptions { segment_bytes: 8_192, salt: 1 };
        let (log, opened) = Segments::open(files, options, self.views.applied().unwrap()).unwrap();
        assert_eq!(opened.damage, Vec::new());
        let views = Arc::clone(&self.views) as Arc<dyn Views>;
        Engine::open(Box::new(log), views, Arc::clone(&self.clock) as Arc<dyn Clock>, how).unwrap()
    }

    pub(crate) fn publish(&self, engine: &Engine, events: Vec<Event>) -> Result<Vec<Receipt>, PublishError> {
        self.runtime.block_on(engine.publish(events))
    }

    pub(crate) fn subscribe(&self, engine: &Engine, id: &str) -> SubscriptionNumber {
        let id = SubscriptionId::parse(id).unwrap();
        self.runtime.block_on(engine.subscribe(id, Vec::new(), Order::Key, Some(Sequence(0)))).unwrap()
    }

    pub(crate) fn settle(&self, engine: &Engine, settle: Settle) -> Result<Sequence, SettleError> {
        self.settle_on(engine, settle, StateTerms { bytes_max: u64::MAX, ..StateTerms::default() })
    }

    pub(crate) fn settle_on(&self, engine: &Engine, settle: Settle, state: StateTerms) -> Result<Sequence, SettleError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let recorded = engine.event(settle.sequence).unwrap();
        engine.settle(Box::new(settle), state, Arc::new(recorded), Box::new(move |result| drop(reply.send(result))));
        self.runtime.block_on(answer).unwrap().map(|settled| settled.sequence)
    }
}

pub(crate) fn event(id: &str) -> Event {
    Event::new(id, "/tests", "a.b.v1").unwrap()
}

pub(crate) fn with_json(id: &str, json: &str) -> Event {
    event(id).with_datacontenttype("application/json").unwrap().with_data(Data::Text(json.to_owned())).unwrap()
}

pub(crate) fn outcome(subscription: SubscriptionNumber, sequence: Sequence, attempt: u32, end: End) -> Settle {
    let settlement = if end == End::Settled { Settlement::Completed } else { Settlement::Retry };
    Settle {
        subscription,
        sequence,
        run: 0,
        round: 0,
        attempt,
        token: 1,
        version: None,
        settlement,
        end,
        reason: String::new(),
        cost: Cost::default(),
        root: sequence,
        depth: 1,
        emissions: Vec::new(),
        writes: Vec::new(),
        parks: None,
        nth: 0,
        log: String::new(),
    }
}

pub(crate) fn emitting(mut settle: Settle, ids: &[&str]) -> Settle {
    settle.emissions = ids.iter().map(|id| Event::new(*id, "/plugins/p", "c.d.v1").unwrap()).collect();
    settle
}
