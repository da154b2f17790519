//! The writer itself, stepped: it takes what waits, writes it as one group, applies it, and answers.

use crate::checkpoint::{self, Checkpoints, write_checkpoint};
use crate::engine::EngineOptions;
use crate::error::{ControlError, Unavailable};
use crate::ids::Key;
use crate::overlay::Frozen;
use crate::request::{Reply, Request, Settled};
use crate::state::State;
use crate::state_draft::StateDraft;
use crate::trees::Trees;
use crate::validate;
use oyez_event::Event;
use oyez_model::port::{Clock, Group, Log, LogError, LogReader, RawFrame};
use oyez_model::{Control, Frame, FrameBody, Recorded, Sequence, SubscriptionNumber, Timestamp};
use parking_lot::RwLock;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::watch;

/// A group is closed when it has this many frames or bytes, so that no one waits for a giant.
const GROUP_FRAMES_MAX: usize = 8_192;
const GROUP_BYTES_MAX: usize = 8 << 20;

type Answer = Box<dyn FnOnce(Result<(), Unavailable>) + Send>;

/// A group in the making. What one frame of it touches, no other may: such a request waits for the next group, and so for the state that
/// this one leaves.
#[derive(Default)]
struct Draft {
    frames: Vec<Frame>,
    raw: Group,
    bytes: usize,
    answers: Vec<Answer>,
    /// Those of the producers.
    receipts: Vec<Answer>,
    ids: HashSet<Key>,
    deliveries: HashSet<(SubscriptionNumber, Sequence)>,
    state: StateDraft,
    recorded: HashMap<Sequence, Arc<Recorded>>,
    /// A change of subscriptions is the last thing in its group.
    closed: bool,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("frames", &self.frames.len()).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Draft {
    /// Whether it has an event of the same source and subject. Emissions have sources that no producer has.
    fn goes_on(&self, event: &Event) -> bool {
        let same = |other: &Event| other.subject() == event.subject() && other.source() == event.source();
        self.frames.iter().any(|frame| matches!(&frame.body, FrameBody::Ingest(events) if events.iter().any(same)))
    }

    fn is_full(&self) -> bool {
        self.closed || self.frames.len() >= GROUP_FRAMES_MAX || self.bytes >= GROUP_BYTES_MAX
    }
}

/// The one writer, without a thread of its own.
#[derive(Debug)]
pub struct Writer {
    log: Box<dyn Log>,
    reader: Arc<dyn LogReader>,
    pub(crate) state: Arc<RwLock<State>>,
    clock: Arc<dyn Clock>,
    options: EngineOptions,
    queue: VecDeque<Request>,
    /// A group that the disk had no room for, or failed at.
    stalled: Option<Draft>,
    checkpoints: Checkpoints,
    trees: Trees,
    /// Moves before anybody is answered: who has a receipt can read what it is for.
    synced: watch::Sender<Sequence>,
}

impl Writer {
    pub(crate) fn new(
        log: Box<dyn Log>,
        state: Arc<RwLock<State>>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
        synced: watch::Sender<Sequence>,
    ) -> Self {
        let reader = log.reader();
        Self {
            log,
            reader,
            state,
            clock,
            options,
            queue: VecDeque::new(),
            stalled: None,
            checkpoints: Checkpoints::default(),
            trees: Trees::default(),
            synced,
        }
    }

    /// Does all of these, in one group or more, and answers each.
    pub fn step(&mut self, requests: impl IntoIterator<Item = Request>) {
        self.queue.extend(requests);
        if let Some(draft) = self.stalled.take() {
            self.write(draft);
        }
        while self.stalled.is_none() && !self.queue.is_empty() {
            let draft = self.draft();
            self.write(draft);
        }
        if self.stalled.is_some() {
            self.refuse_producers();
        }
    }

    /// Whether a group waits for the disk: the next step tries it again.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    /// Ends while a group waits for the disk: who waits is told, and the next process takes up what is not written.
    pub(crate) fn give_up(&mut self) {
        if let Some(Draft { answers, receipts, .. }) = self.stalled.take() {
            answers.into_iter().chain(receipts).for_each(|answer| answer(Err(Unavailable::stopping())));
        }
    }

    /// While the disk takes nothing, producers are told so at once; what the host itself has to write waits.
    fn refuse_producers(&mut self) {
        let stalled = self.state.read().stalled.clone().unwrap_or_else(Unavailable::stopping);
        for request in std::mem::take(&mut self.queue) {
            match request {
                Request::Publish { reply, .. } => reply(Err(stalled.clone().into())),
                other => self.queue.push_back(other),
            }
        }
    }

    /// Lets go of what lies below a place. Whoever asks has seen to it that nobody needs it, and that a checkpoint stands behind it.
    ///
    /// # Errors
    /// The log says no.
    pub fn trim(&mut self, below: Sequence) -> Result<(), LogError> {
        self.log.mend()?;
        self.log.trim(below)
    }

    /// The next checkpoint, if one is due or it is wanted now: to be written beside the writer.
    pub fn checkpoint(&mut self, force: bool) -> Option<Frozen> {
        self.checkpoints.next(&mut self.state.write(), force)
    }

    /// The last sequence that was applied, if the store of the views has all of it.
    #[must_use]
    pub fn stands(&self) -> Option<Sequence> {
        let state = self.state.read();
        let behind = state.overlay.is_freezing() || state.overlay.has_failed() || state.overlay.len() > 0;
        (!behind).then_some(state.applied)
    }

    /// Whether the next group has to wait until the checkpoint on its way is written.
    pub(crate) fn is_behind(&self) -> bool {
        checkpoint::is_behind(&self.state.read())
    }

    /// Writes one that was frozen, synced. Should that fail, it is the next one again.
    pub fn write_checkpoint(&self, frozen: &Frozen) {
        write_checkpoint(frozen, &self.state);
    }

    fn draft(&mut self) -> Draft {
        let mut draft = Draft::default();
        let state = Arc::clone(&self.state);
        let state = state.read();
        let now = self.clock.now().max(state.accepted);
        let mut deferred = VecDeque::new();
        while !draft.is_full()
            && let Some(request) = self.queue.pop_front()
        {
            if let Some(request) = self.admit(&state, &mut draft, now, request) {
                deferred.push_back(request);
            }
        }
        deferred.append(&mut self.queue);
        self.queue = deferred;
        draft
    }

    /// Puts a request into the draft, or answers it at once, or gives it back for the next group.
    fn admit(&mut self, state: &State, draft: &mut Draft, now: Timestamp, request: Request) -> Option<Request> {
        match request {
            Request::Publish { reply, .. } if state.refusing.is_some() => {
                reply(Err(state.refusing.clone().unwrap_or_else(Unavailable::stopping).into()));
            }
            Request::Publish { events, expected, reply } => {
                let fresh = |event: &Event| !draft.ids.contains(&crate::ids::key(event.source(), event.id()));
                // What is expected is checked against the state: the group before it must hold nothing of its history.
                let goes_on = || expected.is_some() && events.iter().any(|event| draft.goes_on(event));
                if !draft.frames.is_empty() && (!events.iter().all(fresh) || goes_on()) {
                    return Some(Request::Publish { events, expected, reply });
                }
                let checked = validate::dedup(state, &*self.reader, events, now, self.options);
                match checked.and_then(|checked| validate::expected(state, checked, expected)) {
                    Ok(checked) if checked.fresh.is_empty() => reply(Ok(checked.receipts(Sequence(0)))),
                    Ok(mut checked) => {
                        draft.ids.extend(checked.keys.drain(..));
                        let body = FrameBody::Ingest(std::mem::take(&mut checked.fresh));
                        let first = self.next(draft);
                        push(draft, first, now, body);
                        draft.receipts.push(Box::new(move |r| reply(r.map(|()| checked.receipts(first)).map_err(Into::into))));
                    }
                    Err(error) => reply(Err(error)),
                }
            }
            Request::Settle { mut settle, state: terms, recorded, reply } => {
                let delivery = (settle.subscription, settle.sequence);
                let plugin = state.subscriptions.get(&settle.subscription).map(|progress| state.home(&progress.id.plugin));
                let plugin = plugin.as_ref();
                if draft.deliveries.contains(&delivery) || plugin.is_some_and(|plugin| draft.state.touches(plugin, &terms.reads, &settle.writes)) {
                    return Some(Request::Settle { settle, state: terms, recorded, reply });
                }
                match validate::settle(state, &settle, &terms, |plugin| draft.state.growth(plugin)) {
                    Ok(growth) => {
                        draft.deliveries.insert(delivery);
                        if let Some(plugin) = plugin {
                            draft.state.note(plugin, &settle.writes, growth);
                        }
                        settle.nth = self.trees.grow(&recorded, settle.emissions.len());
                        draft.recorded.insert(recorded.sequence, recorded);
                        let sequence = self.next(draft);
                        push(draft, sequence, now, FrameBody::Settle(settle));
                        draft.answers.push(Box::new(move |r| reply(r.map(|()| Settled { sequence }).map_err(Into::into))));
                    }
                    Err(error) => reply(Err(error)),
                }
            }
            change if draft.frames.is_empty() => self.admit_change(state, draft, now, change),
            // A change begins a group, so that it is checked against all that came before it.
            change => {
                draft.closed = true;
                return Some(change);
            }
        }
        None
    }

    fn admit_change(&self, state: &State, draft: &mut Draft, now: Timestamp, change: Request) {
        draft.closed = true;
        let at = self.next(draft);
        let mut write = |control, reply: Reply<Result<Sequence, ControlError>>| {
            push(draft, at, now, FrameBody::Control(control));
            draft.answers.push(Box::new(move |r| reply(r.map(|()| at).map_err(Into::into))));
        };
        match change {
            Request::Subscribe { id, filters, ordering, place, reply } => {
                let known = state.numbers.get(&id).copied();
                let last = known.and_then(|number| state.subscriptions.get(&number)?.epochs.last());
                if let (Some(number), Some(last)) = (known, last)
                    && last.filters == filters
                    && last.ordering == ordering
                {
                    return reply(Ok(number));
                }
                // A rebuild that is over is not begun again by whoever has not heard of it.
                if known.is_none() && id.plugin.is_scratch() {
                    return reply(Err(ControlError::NoRebuild(id.plugin.live().to_owned())));
                }
                let number = known.unwrap_or_else(|| state.next_number());
                let begun = Control::EpochBegun { number, id, filters, ordering, place };
                write(begun, Box::new(move |r| reply(r.map(|_| number))));
            }
            Request::PassOver { number, reply } => write(Control::PassedOver { number, place: at }, reply),
            Request::Gap { number, place, events, kept, reply } => write(Control::Gap { number, place, events, kept }, reply),
            Request::Switch { plugin, version, reply } => {
                if state.plugins.get(&plugin).and_then(|row| row.version) == Some(version) {
                    return reply(Ok(state.applied));
                }
                write(Control::Switched { plugin, version }, reply);
            }
            Request::Pause { plugin, paused, reply } => {
                if state.plugins.get(&plugin).is_some_and(|row| row.paused) == paused {
                    return reply(Ok(state.applied));
                }
                write(Control::Paused { plugin, paused }, reply);
            }
            Request::Rebuild { wish, reply } => {
                if state.plugins.get(&wish.plugin).is_some_and(|row| row.rebuild.is_some()) {
                    return reply(Err(ControlError::Rebuilding(wish.plugin.to_string())));
                }
                let (run, parts) = state.next_rebuild(&wish);
                write(Control::RebuildBegun { plugin: wish.plugin, run, reset: wish.reset, emit: wish.emit, parts }, reply);
            }
            Request::EndRebuild { plugin, keep, reply } => {
                if state.plugins.get(&plugin).is_none_or(|row| row.rebuild.is_none()) {
                    return reply(Err(ControlError::NoRebuild(plugin.to_string())));
                }
                write(Control::RebuildEnded { plugin, keep }, reply);
            }
            Request::Redrive { number, sequence, reply } => match validate::dead(state, number, sequence) {
                Ok(round) => write(Control::Redriven { number, sequence, round: round + 1 }, reply),
                Err(error) => reply(Err(error)),
            },
            Request::Park { number, lane, sequences, reply } => write(Control::Parked { number, lane, sequences }, reply),
            Request::Release { number, lane, reply } => write(Control::Released { number, lane }, reply),
            Request::Drop { number, sequence, reply } => match validate::dead(state, number, sequence) {
                Err(error) if validate::parked(state, number, sequence).is_none() => reply(Err(error)),
                _ => write(Control::Dropped { number, sequence }, reply),
            },
            Request::Publish { .. } | Request::Settle { .. } => unreachable!("`admit` takes these"),
        }
    }

    fn next(&self, draft: &Draft) -> Sequence {
        draft.frames.last().map_or_else(|| self.log.end(), Frame::last).next()
    }

    fn write(&mut self, draft: Draft) {
        if draft.frames.is_empty() {
            return;
        }
        let failed = self.state.read().failed.clone();
        let written = match failed {
            Some(failed) => Err(failed),
            // After a write that failed the log first makes sure of what is there: then the same group is written anew.
            None => match self.log.mend().and_then(|()| self.log.append(self.log.end(), &draft.raw)) {
                Err(error @ (LogError::Full(_) | LogError::Io { .. } | LogError::Poisoned(_))) => return self.stall(draft, &error),
                appended => appended.map_err(|error| self.fail(&error)),
            },
        };
        if written.is_ok() {
            let mut state = self.state.write();
            if state.stalled.take().is_some() {
                tracing::info!("the disk takes writes again; the log goes on");
            }
            let copies = &draft.recorded;
            let reader = &*self.reader;
            for frame in draft.frames {
                self.checkpoints.count();
                let copy = |sequence| copies.get(&sequence).map(|recorded| Recorded::clone(recorded));
                state.apply(frame, |sequence| copy(sequence).or_else(|| validate::recorded(reader, sequence)));
            }
        }
        let applied = self.state.read().applied;
        self.synced.send_if_modified(|at| std::mem::replace(at, applied) != applied);
        draft.answers.into_iter().chain(draft.receipts).for_each(|answer| answer(written.clone()));
    }

    /// The disk has no room, or fails: the group waits. It is in the log after a crash, or it is not: nobody was told.
    fn stall(&mut self, mut draft: Draft, error: &LogError) {
        let stalled = Unavailable::from_log(error);
        if self.state.write().stalled.replace(stalled.clone()).is_none() {
            tracing::error!(%error, "the log waits for the disk");
        }
        if !matches!(error, LogError::Full(_)) {
            // It may take long, or for ever. Their events may be written all the same: sent again, they are duplicates.
            std::mem::take(&mut draft.receipts).into_iter().for_each(|answer| answer(Err(stalled.clone())));
        }
        self.stalled = Some(draft);
    }

    /// Damage, or another writer: nothing is written any more.
    fn fail(&mut self, error: &LogError) -> Unavailable {
        tracing::error!(%error, "the log takes nothing more");
        let failed = Unavailable::from_log(error);
        if !matches!(error, LogError::TooLarge { .. }) {
            self.state.write().failed = Some(failed.clone());
        }
        failed
    }
}

fn push(draft: &mut Draft, first: Sequence, accepted: Timestamp, body: FrameBody) {
    let frame = Frame { first, accepted, body };
    let raw = RawFrame { first, last: frame.last(), bytes: frame.encode() };
    draft.bytes += raw.bytes.len();
    draft.raw.frames.push(raw);
    draft.frames.push(frame);
}
