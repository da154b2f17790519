//! Subscribers in Rust, beside the Wasm ones.

use crate::error::SubscribeError;
use oyez_model::port::{BoxFuture, Handler};
use oyez_model::{
    Cost, Delivery, Emission, Filter, Limits, OnDead, Ordering, Outcome, Retry, Sequence, Start, SubscriptionId, SubscriptionSpec, Verdict,
};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a native handler is told beside the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The event's place in the log.
    pub sequence: Sequence,
    /// Counted from 1 within a round.
    pub attempt: u32,
    /// The same for every attempt at this event by this subscription, redrives included: for effects outside.
    pub idempotency_key: String,
}

/// Why a handler did not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Another attempt may do better; after the subscription's backoff, if no delay is asked for.
    Retry {
        /// Why.
        reason: String,
        /// How long to wait.
        after: Option<Duration>,
    },
    /// It will never take this event: a dead letter at once.
    Reject(String),
}

impl Failure {
    /// Another attempt, after the subscription's own backoff.
    pub fn retry(reason: impl std::fmt::Display) -> Self {
        Self::Retry { reason: reason.to_string(), after: None }
    }

    /// A dead letter at once.
    pub fn reject(reason: impl std::fmt::Display) -> Self {
        Self::Reject(reason.to_string())
    }
}

/// A subscription with a handler in Rust. It takes every event unless a filter is added.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) spec: SubscriptionSpec,
    pub(crate) limits: Limits,
    pub(crate) handler: Arc<dyn Handler>,
}

type Run = dyn Fn(cloudevents::Event, Delivered) -> BoxFuture<Result<Vec<Emission>, Failure>> + Send + Sync;

pub(crate) struct Native {
    run: Box<Run>,
    time: Duration,
}

impl Native {
    /// What runs for an event, and how long each attempt may take.
    pub(crate) fn new<F, R>(handler: F, time: Duration) -> Self
    where
        F: Fn(cloudevents::Event, Delivered) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<Emission>, Failure>> + Send + 'static,
    {
        Self { run: Box::new(move |event, delivered| Box::pin(handler(event, delivered))), time }
    }
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Native").field("time", &self.time).finish_non_exhaustive()
    }
}

impl Subscription {
    /// A subscription named `PLUGIN/NAME`, such as `audit/on-order`, and what runs for its events. The handler may run more than once
    /// for an event; what it returns is written exactly once. A panic in it is a failed attempt. It is trusted code: of its limits
    /// `time` holds (by dropping its future), and what emissions may come to; cpu and memory are the process's own.
    ///
    /// # Errors
    /// A name that is none.
    pub fn native<F, R>(id: &str, handler: F) -> Result<Self, SubscribeError>
    where
        F: Fn(cloudevents::Event, Delivered) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<Emission>, Failure>> + Send + 'static,
    {
        let id = SubscriptionId::parse(id)?;
        let spec = SubscriptionSpec::new(id.name.clone(), Vec::new());
        let limits = Limits::default();
        Ok(Self { id, spec, handler: Arc::new(Native::new(handler, limits.time)), limits })
    }

    /// Takes events only whose attribute equals the value. All filters must hold.
    ///
    /// # Errors
    /// No attribute's name, or an empty value.
    pub fn exact(self, attribute: &str, value: &str) -> Result<Self, SubscribeError> {
        Ok(self.filter(Filter::new("exact", vec![(attribute.to_owned(), value.to_owned())])?))
    }

    /// Adds a filter. All must hold.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.spec.filters.push(filter);
        self
    }

    /// Which deliveries wait for each other. Default = those of one partition key.
    #[must_use]
    pub fn ordering(mut self, ordering: Ordering) -> Self {
        self.spec.ordering = ordering;
        self
    }

    /// Attempts that run at once, at most. Default = 8; zero counts as one.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.spec.concurrency = concurrency.max(1);
        self
    }

    /// When to try again, and when to stop. Default = five attempts, exponential from 1 s to 5 min.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.spec.retry = retry;
        self
    }

    /// What a dead letter does to later events of its key. Default = nothing.
    #[must_use]
    pub fn on_dead(mut self, on_dead: OnDead) -> Self {
        self.spec.on_dead = on_dead;
        self
    }

    /// Begins with the first event that the log has, if it was never seen before. Default = with what comes after it.
    #[must_use]
    pub fn from_beginning(mut self) -> Self {
        self.spec.start = Start::Beginning;
        self
    }
}

impl Handler for Native {
    fn attempt(&self, delivery: Delivery) -> BoxFuture<Outcome> {
        let recorded = &delivery.recorded;
        let delivered = Delivered { sequence: recorded.sequence, attempt: delivery.attempt, idempotency_key: delivery.idempotency_key.clone() };
        let event = recorded.event.clone().into();
        let time = self.time;
        // The handler's own code begins to run at the first poll, inside of what catches its panics.
        let started = std::panic::catch_unwind(AssertUnwindSafe(|| (self.run)(event, delivered)));
        Box::pin(async move {
            let began = Instant::now();
            let verdict = match started {
                Ok(run) => verdict(run, time).await,
                Err(panic) => Verdict::Trapped(words(&*panic)),
            };
            let wall_nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
            Outcome::stateless(verdict, Cost { wall_nanos, ..Cost::default() })
        })
    }
}

/// A handler at work; ends at drop.
struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn verdict(run: BoxFuture<Result<Vec<Emission>, Failure>>, time: Duration) -> Verdict {
    let mut task = Task(tokio::spawn(run));
    match tokio::time::timeout(time, &mut task.0).await {
        Ok(Ok(Ok(emissions))) => Verdict::Completed(emissions),
        Ok(Ok(Err(Failure::Retry { reason, after }))) => Verdict::Retry { reason, after },
        Ok(Ok(Err(Failure::Reject(reason)))) => Verdict::Rejected(reason),
        Ok(Err(error)) => Verdict::Trapped(error.try_into_panic().map_or_else(|error| error.to_string(), |panic| words(&*panic))),
        Err(_) => Verdict::TimedOut(format!("the handler took longer than {time:?}")),
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.unwrap_or_else(|| "without words".to_owned()))
}
