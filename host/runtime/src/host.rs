//! The running host.

use crate::driver::{Input, Inputs, Report};
use crate::lines::Lines;
use crate::storage::Starts;
use crate::table::{Entry, Table};
use oyez_engine::{Engine, PublishError, Receipt};
use oyez_event::{Event, Invalid};
use oyez_model::port::{Clock, Opened};
use oyez_model::{Budget, PluginName, Sequence};
use oyez_storage::DataDir;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running host. Clones share it; it runs until [`Host::shutdown`], or until the last clone is dropped, which is like a crash:
/// nothing accepted is lost, and what was running runs again in the next process.
#[derive(Clone, Debug)]
pub struct Host(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) inputs: Inputs,
    pub(crate) opened: Opened,
    pub(crate) table: Mutex<Table>,
    pub(crate) stopping: AtomicBool,
    scanned: AtomicBool,
    driver: Mutex<Option<JoinHandle<()>>>,
    /// Those that watch the folder and the log.
    watching: Mutex<Vec<JoinHandle<()>>>,
    owned: Mutex<Option<DataDir>>,
    grace: Duration,
    /// What ran when the last process ended without warning, until it is taken up.
    pub(crate) starts: Mutex<Starts>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) budget: Budget,
    /// What plugins said.
    pub(crate) lines: Arc<Lines>,
    /// Plugins whose rebuild is waited for.
    pub(crate) rebuilding: Mutex<HashSet<PluginName>>,
}

/// What a host is made of.
pub(crate) struct Parts {
    pub(crate) engine: Engine,
    pub(crate) inputs: Inputs,
    pub(crate) owned: Option<DataDir>,
    pub(crate) opened: Opened,
    pub(crate) grace: Duration,
    pub(crate) starts: Starts,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) budget: Budget,
    pub(crate) lines: Arc<Lines>,
}

impl Inner {
    pub(crate) fn new(parts: Parts, driver: JoinHandle<()>) -> Self {
        let Parts { engine, inputs, owned, opened, grace, starts, clock, budget, lines } = parts;
        Self {
            engine,
            inputs,
            opened,
            table: Mutex::default(),
            stopping: AtomicBool::new(false),
            scanned: AtomicBool::new(false),
            driver: Mutex::new(Some(driver)),
            watching: Mutex::default(),
            owned: Mutex::new(owned),
            grace,
            starts: Mutex::new(starts),
            clock,
            budget,
            lines,
            rebuilding: Mutex::default(),
        }
    }

    pub(crate) fn watch(&self, task: JoinHandle<()>) {
        self.watching.lock().push(task);
    }

    /// Whether a plugin runs nothing, whatever its `.toml` says: it is paused by hand, or rebuilt.
    pub(crate) fn stands_still(&self, plugin: &PluginName) -> bool {
        self.engine.is_paused(plugin) || self.engine.rebuild(plugin).is_some()
    }

    /// Has a plugin run nothing, or go on, as is wanted of it now.
    pub(crate) fn pause_as_wanted(&self, plugin: PluginName) {
        let by_file = self.table.lock().plugins.get(plugin.as_str()).is_some_and(Entry::is_paused_by_file);
        let paused = by_file || self.stands_still(&plugin);
        let _ = self.inputs.send(Input::Pause(plugin, paused));
    }

    pub(crate) fn scanned(&self) {
        self.scanned.store(true, Ordering::Release);
    }

    pub(crate) fn is_scanned(&self) -> bool {
        self.scanned.load(Ordering::Acquire)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.watching.lock().iter().for_each(JoinHandle::abort);
        if let Some(driver) = self.driver.lock().take() {
            driver.abort();
        }
    }
}

impl Host {
    /// Takes an event. Returns once it would outlive a power cut.
    ///
    /// # Errors
    /// An event that breaks a rule of CloudEvents or a limit ([`PublishError::Invalid`] and others), an id that was used for another
    /// fact, a host that stops or whose disk has failed.
    pub async fn publish(&self, event: cloudevents::Event) -> Result<Receipt, PublishError> {
        let mut receipts = self.publish_batch(vec![event]).await?;
        Ok(receipts.pop().expect("a receipt an event"))
    }

    /// Takes events: all of them or none, 500 at most. Returns a receipt each, in order.
    ///
    /// # Errors
    /// As [`Self::publish`].
    pub async fn publish_batch(&self, events: Vec<cloudevents::Event>) -> Result<Vec<Receipt>, PublishError> {
        let events = events.into_iter().map(Event::try_from).collect::<Result<Vec<_>, Invalid>>()?;
        self.publish_checked(events).await
    }

    /// Takes an event if the last one of its source and subject stands at the place that its producer thinks; 0 for none. So whoever
    /// decides by the history of a thing is told when that has gone on.
    ///
    /// # Errors
    /// As [`Self::publish`]; [`PublishError::Unexpected`] where another event came before it.
    pub async fn publish_expecting(&self, event: cloudevents::Event, expected: Sequence) -> Result<Receipt, PublishError> {
        self.0.engine.publish_expecting(Event::try_from(event)?, expected).await
    }

    /// As [`Self::publish_expecting`], for an event that was checked at another door: the HTTP binding's.
    ///
    /// # Errors
    /// As [`Self::publish_expecting`], but for rules of CloudEvents.
    pub async fn publish_checked_expecting(&self, event: Event, expected: Sequence) -> Result<Receipt, PublishError> {
        self.0.engine.publish_expecting(event, expected).await
    }

    /// As [`Self::publish_batch`], for events that were checked at another door: the HTTP binding's.
    ///
    /// # Errors
    /// As [`Self::publish`], but for rules of CloudEvents.
    pub async fn publish_checked(&self, events: Vec<Event>) -> Result<Vec<Receipt>, PublishError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        self.0.engine.publish(events).await
    }

    /// The last sequence that would outlive a power cut.
    #[must_use]
    pub fn synced(&self) -> Sequence {
        self.0.engine.synced()
    }

    /// Tells of each move of [`Self::synced`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Sequence> {
        self.0.engine.watch()
    }

    /// Whether [`Self::shutdown`] has begun.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// Ends: the folder is no longer watched, nothing new runs, what runs ends and is settled (within the grace), and the log is closed.
    pub async fn shutdown(&self) {
        if self.0.stopping.swap(true, Ordering::AcqRel) {
            return;
        }
        let watching = std::mem::take(&mut *self.0.watching.lock());
        for task in watching {
            task.abort();
            let _ = task.await;
        }
        let _ = self.0.inputs.send(Input::Halt);
        let driver = self.0.driver.lock().take();
        if let Some(mut driver) = driver
            && tokio::time::timeout(self.0.grace, &mut driver).await.is_err()
        {
            tracing::warn!(grace = ?self.0.grace, "some handlers did not end in time; their deliveries are taken up by the next process");
            driver.abort();
            // They were ended on purpose, which is no word against them.
            self.0.starts.lock().register.clear();
        }
        let engine = self.0.engine.clone();
        if tokio::task::spawn_blocking(move || engine.stop()).await.is_err() {
            tracing::error!("the log was not closed in order; the next start takes up from the last checkpoint");
        }
        self.0.owned.lock().take();
    }

    pub(crate) async fn report(&self) -> Report {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let _ = self.0.inputs.send(Input::Report(reply));
        answer.await.unwrap_or_default()
    }
}
