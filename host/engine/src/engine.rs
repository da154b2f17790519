//! The handle that others hold: the writer on a thread of its own, checkpoints on another.

use crate::checkpoint::write_checkpoint;
use crate::error::{ControlError, PublishError, SettleError, Unavailable};
use crate::overlay::Frozen;
use crate::request::{Receipt, Reply, Request, Settled, StateTerms};
use crate::state::State;
use crate::validate;
use crate::writer::Writer;
use oyez_event::Event;
use oyez_model::port::{Clock, Log, LogError, LogReader, Views, ViewsError};
use oyez_model::{Filter, Frame, Lane, Ordering, PluginName, Recorded, Sequence, Settle, SubscriptionId, SubscriptionNumber, Version};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

/// Producers that wait for the writer at once; the next ones wait before it.
const PUBLISHING_MAX: usize = 4_096;
/// Requests taken from the queue at a time.
const DRAIN_MAX: usize = 8_192;
/// How long it is until a disk that is full, or has failed, is tried again.
const DISK_AGAIN: Duration = Duration::from_millis(200);
/// Frames read at a time at recovery, in bytes.
const RECOVER_BYTES: usize = 8 << 20;

/// How the engine runs.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// How long an id is remembered against its being used again. Default = 24 h.
    pub dedup_window: Duration,
    /// Over how many sequences it is, at most. Default = without limit.
    pub dedup_events: Option<u64>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { dedup_window: Duration::from_hours(24), dedup_events: None }
    }
}

/// What became of opening the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The views cannot be read.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// The machine gives no thread.
    #[error("no thread for the writer: {0}")]
    Thread(#[from] std::io::Error),
}

/// Who asked for a checkpoint: is told up to which sequence one stands, or that none does.
type Asked = oneshot::Sender<Option<Sequence>>;

enum Job {
    Do(Box<Request>),
    /// Write a checkpoint now, and say up to which sequence one stands.
    Checkpoint(Asked),
    /// Let go of what lies below.
    Trim(Sequence, oneshot::Sender<Result<(), LogError>>),
    Stop,
}

struct Inner {
    queue: mpsc::UnboundedSender<Job>,
    publishing: Semaphore,
    state: Arc<RwLock<State>>,
    reader: Arc<dyn LogReader>,
    synced: watch::Receiver<Sequence>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("synced", &self.synced()).finish_non_exhaustive()
    }
}

impl Engine {
    /// Brings the views up to the log's end, and starts the writer.
    ///
    /// # Errors
    /// The log or the views cannot be read, or there is no thread to be had.
    pub fn open(log: Box<dyn Log>, views: Arc<dyn Views>, clock: Arc<dyn Clock>, options: EngineOptions) -> Result<Self, OpenError> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let (engine, writer) = Self::recovered(log, views, clock, options, queue)?;
        let checkpoints = CheckpointThread::start(Arc::clone(engine.state()))?;
        let thread = std::thread::Builder::new().name("oyez-writer".to_owned()).spawn(move || run(writer, jobs, checkpoints))?;
        *engine.0.writer.lock() = Some(thread);
        Ok(engine)
    }

    /// The same without a thread, for simulation: the handle reads, and the writer does what it is given, when it is stepped. What is asked
    /// of the handle itself is told that the host stops.
    ///
    /// # Errors
    /// The log or the views cannot be read.
    pub fn stepped(log: Box<dyn Log>, views: Arc<dyn Views>, clock: Arc<dyn Clock>, options: EngineOptions) -> Result<(Self, Writer), OpenError> {
        let (queue, _) = mpsc::unbounded_channel();
        Self::recovered(log, views, clock, options, queue)
    }

    fn recovered(
        log: Box<dyn Log>,
        views: Arc<dyn Views>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
        queue: mpsc::UnboundedSender<Job>,
    ) -> Result<(Self, Writer), OpenError> {
        let mut state = State::load(views)?;
        let reader = log.reader();
        recover(&mut state, &*reader)?;
        let applied = state.applied;
        state.failed = reader.damage().first().map(|damage| Unavailable::from_log(&LogError::Damaged(damage.place.clone())));
        let state = Arc::new(RwLock::new(state));
        let (synced, watch) = watch::channel(applied);
        let writer = Writer::new(log, Arc::clone(&state), clock, options, synced);
        let publishing = Semaphore::new(PUBLISHING_MAX);
        let engine = Self(Arc::new(Inner { queue, publishing, state, reader, synced: watch, writer: Mutex::new(None) }));
        Ok((engine, writer))
    }

    /// Takes events: all of them or none. Returns a receipt each, in order, once they would outlive a power cut.
    ///
    /// # Errors
    /// One of them is refused, or nothing is taken just now.
    pub async fn publish(&self, events: Vec<Event>) -> Result<Vec<Receipt>, PublishError> {
        self.publish_if(events, None).await
    }

    /// As [`Self::publish`], for one event whose producer takes a place for the last one of its source and subject (0 for none): it is
    /// refused if that is another. A duplicate is told whatever is expected.
    ///
    /// # Errors
    /// As [`Self::publish`]; another event came before it.
    pub async fn publish_expecting(&self, event: Event, expected: Sequence) -> Result<Receipt, PublishError> {
        let receipts = self.publish_if(vec![event], Some(expected)).await?;
        Ok(receipts.into_iter().next().expect("a receipt an event"))
    }

    async fn publish_if(&self, events: Vec<Event>, expected: Option<Sequence>) -> Result<Vec<Receipt>, PublishError> {
        validate::events(&events)?;
        let _permit = self.0.publishing.acquire().await;
        let (reply, answer) = answered();
        self.send(Request::Publish { events, expected, reply });
        answer.await.unwrap_or_else(|_| Err(Unavailable::stopping().into()))
    }

    /// Writes one attempt's outcome, unless what it read of its plugin's state has changed, or what it writes is more than that may come
    /// to. `reply` runs on the writer's thread once it is synced, and must not block.
    pub fn settle(&self, settle: Box<Settle>, state: StateTerms, recorded: Arc<Recorded>, reply: Reply<Result<Settled, SettleError>>) {
        self.send(Request::Settle { settle, state, recorded, reply });
    }

    /// Gives a subscription its number, and begins an epoch unless its last one says the same.
    ///
    /// # Errors
    /// Nothing is taken just now.
    pub async fn subscribe(
        &self,
        id: SubscriptionId,
        filters: Vec<Filter>,
        ordering: Ordering,
        place: Option<Sequence>,
    ) -> Result<SubscriptionNumber, ControlError> {
        self.control(|reply| Request::Subscribe { id, filters, ordering, place, reply }).await
    }

    /// Passes over what a subscription missed; returns its new place.
    ///
    /// # Errors
    /// Nothing is taken just now.
    pub async fn pass_over(&self, number: SubscriptionNumber) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::PassOver { number, reply }).await
    }

    /// Notes that a plugin runs another version from here on.
    ///
    /// # Errors
    /// Nothing is taken just now.
    pub async fn switch(&self, plugin: PluginName, version: Version) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::Switch { plugin, version, reply }).await
    }

    /// Notes that a plugin is paused by hand, or is so no longer.
    ///
    /// # Errors
    /// Nothing is taken just now.
    pub async fn pause(&self, plugin: PluginName, paused: bool) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::Pause { plugin, paused, reply }).await
    }

    /// Opens a new round for a dead letter.
    ///
    /// # Errors
    /// It is not dead, or nothing is taken just now.
    pub async fn redrive(&self, number: SubscriptionNumber, sequence: Sequence) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::Redrive { number, sequence, reply }).await
    }

    /// Holds deliveries of a lane back; `reply` runs on the writer's thread once that is synced, and must not block.
    pub fn park(&self, number: SubscriptionNumber, lane: Lane, sequences: Vec<Sequence>, reply: Reply<Result<Sequence, ControlError>>) {
        self.send(Request::Park { number, lane, sequences, reply });
    }

    /// Lets what is parked in a lane go on, past the dead letters before it; `reply` runs on the writer's thread once that is synced, before
    /// anything that was written later is told, and must not block.
    pub fn release(&self, number: SubscriptionNumber, lane: Lane, reply: Reply<Result<Sequence, ControlError>>) {
        self.send(Request::Release { number, lane, reply });
    }

    /// Gives a dead letter, or a parked delivery, up for good.
    ///
    /// # Errors
    /// It is neither, or nothing is taken just now.
    pub async fn drop_dead(&self, number: SubscriptionNumber, sequence: Sequence) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::Drop { number, sequence, reply }).await
    }

    /// Lets a subscription miss what the log is about to let go of, up to a place. `kept` are deliveries at or below it that it had taken.
    ///
    /// # Errors
    /// Nothing is taken just now.
    pub async fn gap(&self, number: SubscriptionNumber, place: Sequence, events: u64, kept: Vec<Sequence>) -> Result<Sequence, ControlError> {
        self.control(|reply| Request::Gap { number, place, events, kept, reply }).await
    }

    /// Writes a checkpoint, and says up to which sequence it stands. Nothing: it could not be written, or another one is on its way; try
    /// again.
    pub async fn checkpoint(&self) -> Option<Sequence> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.queue.send(Job::Checkpoint(reply));
        answer.await.ok().flatten()
    }

    /// Lets go of frames below a place, as far as whole pieces of the log lie there. Only what a checkpoint stands behind, and nobody needs.
    ///
    /// # Errors
    /// The log says no, or the host stops.
    pub async fn trim(&self, below: Sequence) -> Result<(), LogError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.queue.send(Job::Trim(below, reply));
        answer.await.unwrap_or_else(|_| Err(LogError::Poisoned("the host stops".to_owned())))
    }

    /// Refuses producers for this reason from here on, or takes them again.
    pub fn refuse(&self, why: Option<Unavailable>) {
        self.0.state.write().refusing = why;
    }

    /// Moves a subscription's place up: everything at or below it is settled or has a row. Lost in a crash, and harmlessly so.
    pub fn advance(&self, number: SubscriptionNumber, place: Sequence) {
        self.0.state.write().advance(number, place);
    }

    /// The last sequence that is synced and in the views.
    #[must_use]
    pub fn synced(&self) -> Sequence {
        *self.0.synced.borrow()
    }

    /// Tells of each move of [`Self::synced`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Sequence> {
        self.0.synced.clone()
    }

    /// Why nothing more is written, if that is so: the log is damaged, or the disk has failed.
    #[must_use]
    pub fn unavailable(&self) -> Option<Unavailable> {
        let state = self.0.state.read();
        state.failed.clone().or_else(|| state.stalled.clone()).or_else(|| state.refusing.clone())
    }

    /// Does what is queued, writes a checkpoint, and ends the writer. What comes later is told that the host stops.
    pub fn stop(&self) {
        let _ = self.0.queue.send(Job::Stop);
        if let Some(thread) = self.0.writer.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the writer ended in a panic");
        }
    }

    pub(crate) fn state(&self) -> &Arc<RwLock<State>> {
        &self.0.state
    }

    pub(crate) fn reader(&self) -> &Arc<dyn LogReader> {
        &self.0.reader
    }

    fn send(&self, request: Request) {
        // A writer that is gone drops the request, and with it the answer's sender: whoever waits is told.
        let _ = self.0.queue.send(Job::Do(Box::new(request)));
    }

    pub(crate) async fn control<T: Send + 'static>(
        &self,
        request: impl FnOnce(Reply<Result<T, ControlError>>) -> Request,
    ) -> Result<T, ControlError> {
        let (reply, answer) = answered();
        self.send(request(reply));
        answer.await.unwrap_or_else(|_| Err(Unavailable::stopping().into()))
    }
}

fn answered<T: Send + 'static>() -> (Reply<T>, oneshot::Receiver<T>) {
    let (sender, receiver) = oneshot::channel();
    let reply = move |answer| {
        let _ = sender.send(answer);
    };
    (Box::new(reply), receiver)
}

/// Applies the frames since the last checkpoint.
fn recover(state: &mut State, reader: &dyn LogReader) -> Result<(), LogError> {
    // The checkpoint's own last frame too: accept time goes on from there.
    let mut from = state.applied;
    loop {
        let frames = reader.read(from, RECOVER_BYTES)?;
        if frames.is_empty() {
            return Ok(());
        }
        for raw in frames {
            let frame = Frame::decode(&raw.bytes).map_err(|error| LogError::Unreadable { first: raw.first, what: error.to_string() })?;
            state.apply(frame, |sequence| validate::recorded(reader, sequence));
        }
        from = state.applied.next();
    }
}

fn run(mut writer: Writer, mut jobs: mpsc::UnboundedReceiver<Job>, checkpoints: CheckpointThread) {
    let mut batch = Vec::new();
    let mut stopping = false;
    while !stopping && wait_for_jobs(&writer, &mut jobs, &mut batch) {
        let (mut requests, mut rest) = (Vec::with_capacity(batch.len()), Vec::new());
        for job in batch.drain(..) {
            match job {
                Job::Do(request) => requests.push(*request),
                Job::Stop => stopping = true,
                other => rest.push(other),
            }
        }
        writer.step(requests);
        for job in rest {
            match job {
                Job::Checkpoint(reply) => match writer.checkpoint(true) {
                    Some(frozen) => checkpoints.write(frozen, Some(reply)),
                    None => drop(reply.send(writer.stands())),
                },
                Job::Trim(below, reply) => drop(reply.send(writer.trim(below))),
                Job::Do(_) | Job::Stop => {}
            }
        }
        if let Some(frozen) = writer.checkpoint(false) {
            checkpoints.write(frozen, None);
        } else if writer.is_behind() {
            checkpoints.wait();
        }
    }
    drop(jobs);
    writer.give_up();
    checkpoints.finish(&mut writer);
}

/// Waits for something to do; while a group waits for the disk, for as long as it takes to look again. False: nobody asks any more.
fn wait_for_jobs(writer: &Writer, jobs: &mut mpsc::UnboundedReceiver<Job>, batch: &mut Vec<Job>) -> bool {
    if !writer.is_stalled() {
        return jobs.blocking_recv_many(batch, DRAIN_MAX) > 0;
    }
    pause(DISK_AGAIN);
    loop {
        match jobs.try_recv() {
            Ok(job) => batch.push(job),
            Err(error) => return error == mpsc::error::TryRecvError::Empty || !batch.is_empty(),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a disk tells nobody that it has room, or works, again")]
fn pause(wait: Duration) {
    std::thread::sleep(wait);
}

/// Nobody waits for a checkpoint but a writer that is far ahead of it: it has a third of what others have where the processor is short.
const CHECKPOINT_NICE: i32 = 5;

/// Writes checkpoints beside the writer, one at a time.
struct CheckpointThread {
    sender: std::sync::mpsc::Sender<(Frozen, Option<Asked>)>,
    /// Tells of each that is written, or failed.
    done: std::sync::mpsc::Receiver<()>,
    thread: JoinHandle<()>,
}

impl CheckpointThread {
    fn start(state: Arc<RwLock<State>>) -> std::io::Result<Self> {
        let (sender, receiver) = std::sync::mpsc::channel::<(Frozen, Option<Asked>)>();
        let (tell, done) = std::sync::mpsc::channel();
        let write = move || {
            // A thread has a priority of its own on Linux only. Where the system says no, all have the same.
            if cfg!(target_os = "linux") {
                let _ = rustix::process::nice(CHECKPOINT_NICE);
            }
            for (frozen, asked) in receiver {
                let written = write_checkpoint(&frozen, &state);
                let _ = tell.send(());
                asked.map(|reply| reply.send(written.then_some(frozen.applied())));
            }
        };
        let thread = std::thread::Builder::new().name("oyez-checkpoint".to_owned()).spawn(write)?;
        Ok(Self { sender, done, thread })
    }

    fn write(&self, frozen: Frozen, asked: Option<Asked>) {
        // Word of those before, which nobody waited for.
        while self.done.try_recv().is_ok() {}
        // A thread that is gone has panicked; the log has it all, and the end reports it.
        let _ = self.sender.send((frozen, asked));
    }

    /// Waits until the one on its way is over.
    fn wait(&self) {
        // A thread that is gone has panicked, and writes none any more.
        let _ = self.done.recv();
    }

    /// A checkpoint at the end proves to the next start that all up to here was synced. The one on its way comes first.
    fn finish(self, writer: &mut Writer) {
        drop(self.sender);
        if self.thread.join().is_err() {
            return tracing::error!("the thread of the checkpoints ended in a panic");
        }
        // Two, for the first may be one that failed before.
        for _ in 0..2 {
            if let Some(frozen) = writer.checkpoint(true) {
                write_checkpoint(&frozen, &writer.state);
            }
        }
    }
}
