//! All that the engine knows beside the log: made from frames by one function, live and at recovery alike.

use crate::error::Unavailable;
use crate::ids::{self, Entry};
use crate::overlay::Overlay;
use crate::plugin_row::PluginRow;
use crate::plugin_state::{Changes, Moments};
use crate::progress::{Mark, Progress};
use crate::row::{self, OpenRow, RowState};
use oyez_event::Event;
use oyez_model::port::{Space, Views, ViewsError};
use oyez_model::{
    Control, End, Epoch, Frame, FrameBody, Gap, Lane, PluginName, Recorded, Sequence, Settle, StateWrite, SubscriptionId, SubscriptionNumber,
    Timestamp,
};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The views: subscriptions in memory, rows and ids through the overlay.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) subscriptions: BTreeMap<SubscriptionNumber, Progress>,
    pub(crate) numbers: HashMap<SubscriptionId, SubscriptionNumber>,
    pub(crate) plugins: BTreeMap<PluginName, PluginRow>,
    pub(crate) overlay: Overlay,
    /// The last frame that was applied.
    pub(crate) applied: Sequence,
    /// Accept time never goes back.
    pub(crate) accepted: Timestamp,
    /// Events accepted from producers, and emitted by handlers, since the process began.
    pub(crate) ingested: u64,
    pub(crate) emitted: u64,
    /// Nothing more is written, and why.
    pub(crate) failed: Option<Unavailable>,
    /// What is to be written waits for the disk: for room on it, or for it to take writes again.
    pub(crate) stalled: Option<Unavailable>,
    /// The log is as long as it may be, and nothing of it may go: producers are refused.
    pub(crate) refusing: Option<Unavailable>,
    /// What changed of the plugins' state while somebody reads it.
    pub(crate) changes: Changes,
    /// Who does.
    pub(crate) moments: Mutex<Moments>,
    /// Where a lane's parked deliveries begin, as far as somebody has looked: what was there before is gone, and passing what is gone costs
    /// the store time. By what the lane's rows begin with.
    pub(crate) parked_from: Mutex<HashMap<Vec<u8>, Sequence>>,
    changed: BTreeSet<SubscriptionNumber>,
    changed_plugins: BTreeSet<PluginName>,
}

impl State {
    /// What the store held at its last checkpoint.
    pub(crate) fn load(store: Arc<dyn Views>) -> Result<Self, ViewsError> {
        let applied = store.applied()?;
        let corrupt = |space: Space| ViewsError::Store(format!("a row of `{}` cannot be read", space.name()));
        let mut subscriptions = BTreeMap::new();
        for (_, value) in store.scan(Space::Subscriptions, &[], &[], usize::MAX)? {
            let progress: Progress = minicbor::decode(&value).map_err(|_| corrupt(Space::Subscriptions))?;
            subscriptions.insert(progress.number, progress);
        }
        let mut plugins = BTreeMap::new();
        for (key, value) in store.scan(Space::Plugins, &[], &[], usize::MAX)? {
            let name = std::str::from_utf8(&key).ok().and_then(|name| PluginName::stored(name).ok());
            let row = minicbor::decode(&value).ok();
            let (Some(name), Some(row)) = (name, row) else { return Err(corrupt(Space::Plugins)) };
            plugins.insert(name, row);
        }
        Ok(Self {
            numbers: subscriptions.values().map(|p| (p.id.clone(), p.number)).collect(),
            subscriptions,
            plugins,
            overlay: Overlay::new(store),
            applied,
            accepted: Timestamp::default(),
            ingested: 0,
            emitted: 0,
            failed: None,
            stalled: None,
            refusing: None,
            changes: Changes::default(),
            moments: Mutex::default(),
            parked_from: Mutex::default(),
            changed: BTreeSet::new(),
            changed_plugins: BTreeSet::new(),
        })
    }

    /// Applies one synced frame. `recorded` finds the event of a settle: dead letters keep a copy of their own.
    /// Applying a frame that is applied already changes nothing but the time, which it says anew.
    pub(crate) fn apply(&mut self, frame: Frame, recorded: impl Fn(Sequence) -> Option<Recorded>) {
        self.accepted = self.accepted.max(frame.accepted);
        if frame.first <= self.applied {
            return;
        }
        self.applied = frame.last();
        let Frame { first, accepted, body } = frame;
        match body {
            FrameBody::Ingest(events) => {
                self.ingested += events.len() as u64;
                self.remember(first, accepted, &events);
            }
            FrameBody::Settle(settle) => {
                self.emitted += settle.emissions.len() as u64;
                self.remember(first.next(), accepted, &settle.emissions);
                self.settle(first, accepted, *settle, recorded);
            }
            FrameBody::Control(control) => self.control(first, accepted, control, recorded),
        }
    }

    fn remember(&mut self, first: Sequence, accepted: Timestamp, events: &[Event]) {
        for (i, event) in (0_u64..).zip(events) {
            let entry = Entry { sequence: first.plus(i), accepted, fact: ids::fact(event) };
            self.overlay.put(Space::Ids, ids::key(event.source(), event.id()).to_vec(), entry.encode());
            if let Some(subject) = event.subject() {
                self.overlay.put(Space::Ends, ids::end_key(event.source(), subject).to_vec(), entry.sequence.0.to_be_bytes().to_vec());
            }
        }
    }

    fn settle(&mut self, first: Sequence, accepted: Timestamp, settle: Settle, recorded: impl FnOnce(Sequence) -> Option<Recorded>) {
        let Settle { subscription: number, sequence, round, attempt, settlement, end, reason, version, writes, parks, log, .. } = settle;
        if !writes.is_empty() {
            self.write(first, number, writes);
        }
        let Some(progress) = self.subscriptions.get_mut(&number) else { return };
        self.changed.insert(number);
        progress.count(settlement);
        if sequence > progress.place {
            progress.ended.insert(sequence);
        }
        let before = self.take_row(number, sequence);
        let Some(progress) = self.subscriptions.get_mut(&number) else { return };
        let state = match end {
            End::Settled => {
                progress.settled += 1;
                if let Some(OpenRow { lane, .. }) = before {
                    lane.iter().for_each(|lane| progress.unblock(lane, Some(sequence)));
                    self.overlay.delete(Space::Rows, row::key(number, sequence));
                }
                return;
            }
            End::Waiting { due } => RowState::Waiting { due },
            End::Dead => RowState::Dead,
        };
        let (kept, lane) = before.map_or((None, None), |row| (row.recorded, row.lane));
        let lane = if state == RowState::Dead {
            // It holds back what it says now, and nothing that it held back, or was parked in, before.
            lane.iter().for_each(|lane| progress.unblock(lane, Some(sequence)));
            if let Some(lane) = &parks {
                progress.parked.entry(lane.clone()).or_default().behind.insert(sequence);
            }
            parks
        } else {
            lane
        };
        progress.rows.insert(sequence, Mark { state, round, attempts: attempt });
        let recorded = kept.or_else(|| (state == RowState::Dead).then(|| recorded(sequence)).flatten());
        let row = OpenRow { state, round, attempts: attempt, settlement: Some(settlement), reason, version, settled: accepted, recorded, lane, log };
        self.overlay.put(Space::Rows, row::key(number, sequence), row.encode());
    }

    /// The row of a delivery that is about to change, if it has one: its mark is taken away, and it is parked no longer.
    fn take_row(&mut self, number: SubscriptionNumber, sequence: Sequence) -> Option<OpenRow> {
        let progress = self.subscriptions.get_mut(&number)?;
        if progress.rows.remove(&sequence).is_none() && progress.parked.is_empty() {
            return None;
        }
        let row = self.row(number, sequence)?;
        if row.state == RowState::Parked
            && let Some(lane) = &row.lane
        {
            self.overlay.delete(Space::Parked, row::parked_key(number, lane, sequence));
            let progress = self.subscriptions.get_mut(&number)?;
            progress.unparked(lane);
            if !progress.parked.contains_key(lane) {
                self.parked_from.get_mut().remove(&row::lane_prefix(number, lane));
            }
        }
        Some(row)
    }

    /// Deliveries are held back. Those that are already stay as they are.
    fn park(&mut self, accepted: Timestamp, number: SubscriptionNumber, lane: &Lane, sequences: Vec<Sequence>) {
        self.changed.insert(number);
        for sequence in sequences {
            let before = self.take_row(number, sequence);
            let Some(progress) = self.subscriptions.get_mut(&number) else { return };
            if before.is_none() && progress.is_past(sequence) {
                continue;
            }
            if sequence > progress.place {
                progress.ended.insert(sequence);
            }
            // A dead letter that was redriven and is parked behind an older one: nothing waits behind it, least of all itself.
            before.iter().flat_map(|row| &row.lane).for_each(|held| progress.unblock(held, Some(sequence)));
            progress.parked.entry(lane.clone()).or_default().count += 1;
            let fresh = || OpenRow::untried(RowState::Parked, accepted);
            let row = OpenRow { state: RowState::Parked, lane: Some(lane.clone()), ..before.unwrap_or_else(fresh) };
            self.overlay.put(Space::Rows, row::key(number, sequence), row.encode());
            self.overlay.put(Space::Parked, row::parked_key(number, lane, sequence), Vec::new());
            if let Some(from) = self.parked_from.get_mut().get_mut(&row::lane_prefix(number, lane)) {
                *from = sequence.min(*from);
            }
        }
    }

    /// What a delivery wrote to its plugin's state, which has the settlement's own place for a version.
    fn write(&mut self, at: Sequence, number: SubscriptionNumber, writes: Vec<StateWrite>) {
        let Some(plugin) = self.subscriptions.get(&number).map(|progress| self.home(&progress.id.plugin)) else { return };
        let oldest = self.moments.get_mut().oldest(at);
        let growth = self.changes.apply(&mut self.overlay, &plugin, at, writes, oldest);
        let row = self.plugins.entry(plugin.clone()).or_default();
        row.state_bytes = row.state_bytes.saturating_add_signed(growth);
        self.changed_plugins.insert(plugin);
    }

    /// A delivery that has not begun gets a row of its own, with its event.
    fn keep(&mut self, accepted: Timestamp, number: SubscriptionNumber, sequence: Sequence, recorded: Recorded) {
        let Some(progress) = self.subscriptions.get_mut(&number) else { return };
        if progress.is_past(sequence) || progress.rows.contains_key(&sequence) {
            return;
        }
        progress.ended.insert(sequence);
        progress.rows.insert(sequence, Mark { state: RowState::Redriven, round: 0, attempts: 0 });
        let row = OpenRow { recorded: Some(recorded), ..OpenRow::untried(RowState::Redriven, accepted) };
        self.overlay.put(Space::Rows, row::key(number, sequence), row.encode());
    }

    fn control(&mut self, sequence: Sequence, accepted: Timestamp, control: Control, recorded: impl Fn(Sequence) -> Option<Recorded>) {
        match control {
            Control::EpochBegun { number, id, filters, ordering, place } => {
                self.changed.insert(number);
                self.numbers.insert(id.clone(), number);
                match self.subscriptions.get_mut(&number) {
                    Some(progress) => progress.epochs.push(Epoch { begins: sequence, filters, ordering }),
                    None => {
                        let place = place.unwrap_or(sequence);
                        let progress = Progress::new(number, id, Epoch { begins: place, filters, ordering }, place);
                        self.subscriptions.insert(number, progress);
                    }
                }
            }
            Control::PassedOver { number, place } => self.advance(number, place),
            Control::Gap { number, place, events, kept } => {
                for (sequence, recorded) in kept.into_iter().filter_map(|sequence| Some((sequence, recorded(sequence)?))) {
                    self.keep(accepted, number, sequence, recorded);
                }
                if let Some(progress) = self.subscriptions.get_mut(&number) {
                    self.changed.insert(number);
                    progress.miss(Gap { from: progress.place.next(), to: place, events, at: accepted });
                }
            }
            Control::Switched { plugin, version } => {
                self.plugins.entry(plugin.clone()).or_default().version = Some(version);
                self.changed_plugins.insert(plugin);
            }
            Control::Paused { plugin, paused } => {
                self.plugins.entry(plugin.clone()).or_default().paused = paused;
                self.changed_plugins.insert(plugin);
            }
            Control::RebuildBegun { plugin, run, reset, emit, parts } => self.begin_rebuild(plugin, run, reset, emit, parts),
            Control::RebuildEnded { plugin, keep } => self.end_rebuild(&plugin, keep),
            Control::Redriven { number, sequence, round } => self.redrive(number, sequence, round),
            Control::Dropped { number, sequence } => {
                let before = self.take_row(number, sequence);
                let (Some(progress), Some(OpenRow { lane, .. })) = (self.subscriptions.get_mut(&number), before) else { return };
                self.changed.insert(number);
                progress.settled += 1;
                lane.iter().for_each(|lane| progress.unblock(lane, Some(sequence)));
                self.overlay.delete(Space::Rows, row::key(number, sequence));
            }
            Control::Parked { number, lane, sequences } => self.park(accepted, number, &lane, sequences),
            Control::Released { number, lane } => {
                if let Some(progress) = self.subscriptions.get_mut(&number) {
                    self.changed.insert(number);
                    progress.release(&lane, sequence);
                }
            }
            _ => {}
        }
    }

    fn redrive(&mut self, number: SubscriptionNumber, sequence: Sequence, round: u32) {
        let Some(mut row) = self.row(number, sequence) else { return };
        let Some(progress) = self.subscriptions.get_mut(&number) else { return };
        self.changed.insert(number);
        row.state = RowState::Redriven;
        row.round = round;
        row.attempts = 0;
        progress.rows.insert(sequence, Mark { state: row.state, round, attempts: 0 });
        self.overlay.put(Space::Rows, row::key(number, sequence), row.encode());
    }

    /// Moves a subscription's place up. Not a frame: should it be lost, deliveries that ended are told apart by their own settlements.
    pub(crate) fn advance(&mut self, number: SubscriptionNumber, place: Sequence) {
        if let Some(progress) = self.subscriptions.get_mut(&number) {
            progress.advance(place);
            self.changed.insert(number);
        }
    }

    /// A row, whole.
    pub(crate) fn row(&self, number: SubscriptionNumber, sequence: Sequence) -> Option<OpenRow> {
        let bytes = self.overlay.get(Space::Rows, &row::key(number, sequence)).ok()??;
        OpenRow::decode(&bytes)
    }

    /// Writes what changed in memory into the overlay, for the checkpoint that follows.
    pub(crate) fn materialise(&mut self) {
        for number in std::mem::take(&mut self.changed) {
            if let Some(progress) = self.subscriptions.get(&number) {
                let value = minicbor::to_vec(progress).expect("writing to memory does not fail");
                self.overlay.put(Space::Subscriptions, number.0.to_be_bytes().to_vec(), value);
            }
        }
        for plugin in std::mem::take(&mut self.changed_plugins) {
            if let Some(row) = self.plugins.get(&plugin) {
                let value = minicbor::to_vec(row).expect("writing to memory does not fail");
                self.overlay.put(Space::Plugins, plugin.as_str().as_bytes().to_vec(), value);
            }
        }
    }

    /// The number for the next new subscription.
    pub(crate) fn next_number(&self) -> SubscriptionNumber {
        let taken = self.subscriptions.keys().next_back().copied().into_iter().chain(self.plugins.values().filter_map(|row| row.numbers));
        SubscriptionNumber(taken.max().map_or(0, |n| n.0 + 1))
    }

    /// What is known of a subscription goes into the next checkpoint.
    pub(crate) fn touch(&mut self, number: SubscriptionNumber) {
        self.changed.insert(number);
    }

    /// The same of a plugin.
    pub(crate) fn touch_plugin(&mut self, plugin: PluginName) {
        self.changed_plugins.insert(plugin);
    }
}
