//! The causation tree of an event, read from the log: who took it, how each attempt ended, what that emitted, and so on down.

use crate::engine::Engine;
use crate::query::settle_of;
use crate::row::RowState;
use crate::validate;
use oyez_model::port::LogError;
use oyez_model::{Cost, DeliveryState, End, Frame, Recorded, Sequence, Settlement, SubscriptionId, SubscriptionNumber, Version, bounds};
use std::collections::BTreeMap;

/// A tree with more events than this is cut there, and says so.
const EVENTS_MAX: usize = 10_000;
const READ_BYTES: usize = 4 << 20;

/// An event, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The event.
    pub recorded: Recorded,
    /// One a subscription that takes it.
    pub deliveries: Vec<Branch>,
}

/// One delivery of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// To whom; `None` of a number that the views have lost.
    pub subscription: SubscriptionId,
    /// Where it stands.
    pub state: DeliveryState,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
    /// What it emitted.
    pub emissions: Vec<Trace>,
}

/// One run of a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 0; a redrive opens the next.
    pub round: u32,
    /// Counted from 1 within the round.
    pub attempt: u32,
    /// What ran; nothing for a native handler.
    pub version: Option<Version>,
    /// How it ended.
    pub settlement: Settlement,
    /// Why.
    pub reason: String,
    /// What it used.
    pub cost: Cost,
}

/// What was gathered so far, flat.
#[derive(Default)]
struct Gathered {
    events: BTreeMap<Sequence, Recorded>,
    /// What stands deeper is left out.
    depth_max: u32,
    deliveries: BTreeMap<(Sequence, SubscriptionNumber), Delivered>,
    /// Deliveries whose end has not been read yet; while there are any, the log is read on.
    missing: usize,
}

#[derive(Default)]
struct Delivered {
    state: Option<DeliveryState>,
    attempts: Vec<Attempt>,
    emissions: Vec<Sequence>,
}

impl Engine {
    /// The causation tree below the event at a place; nothing if there is none.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn trace(&self, sequence: Sequence) -> Result<Option<Trace>, LogError> {
        let Some(recorded) = self.event(sequence) else { return Ok(None) };
        let mut gathered = Gathered { depth_max: recorded.depth_below() + bounds::TRACE_DEPTH_MAX, ..Gathered::default() };
        self.expect(&mut gathered, recorded);
        let mut at = sequence.next();
        while gathered.missing > 0 && gathered.events.len() < EVENTS_MAX {
            let frames = self.frames(at, READ_BYTES)?;
            let Some(last) = frames.last() else { break };
            at = last.last().next();
            frames.into_iter().for_each(|frame| self.gather(&mut gathered, frame));
        }
        Ok(self.tree(&mut gathered, sequence))
    }

    /// Notes an event, and which deliveries of it there are.
    fn expect(&self, gathered: &mut Gathered, recorded: Recorded) {
        let sequence = recorded.sequence;
        if recorded.depth_below() > gathered.depth_max {
            return;
        }
        let views = self.state().read();
        for progress in views.subscriptions.values().filter(|p| !p.id.plugin.is_scratch() && p.takes(sequence, &recorded.event)) {
            let state = match progress.rows.get(&sequence).map(|mark| mark.state) {
                Some(RowState::Dead) => DeliveryState::Dead,
                Some(RowState::Waiting { .. }) => DeliveryState::Waiting,
                Some(RowState::Redriven) => DeliveryState::Pending,
                Some(RowState::Parked) => DeliveryState::Parked,
                None if validate::parked(&views, progress.number, sequence).is_some() => DeliveryState::Parked,
                None if progress.is_past(sequence) => DeliveryState::Settled,
                None => DeliveryState::Pending,
            };
            gathered.deliveries.entry((sequence, progress.number)).or_default().state = Some(state);
            gathered.missing += 1;
        }
        gathered.events.insert(sequence, recorded);
    }

    fn gather(&self, gathered: &mut Gathered, frame: Frame) {
        let Some(settle) = settle_of(&frame).filter(|settle| gathered.events.contains_key(&settle.sequence)) else { return };
        let delivered = gathered.deliveries.entry((settle.sequence, settle.subscription)).or_default();
        delivered.attempts.push(Attempt {
            round: settle.round,
            attempt: settle.attempt,
            version: settle.version,
            settlement: settle.settlement,
            reason: settle.reason.clone(),
            cost: settle.cost,
        });
        if settle.end == End::Settled && delivered.state.is_some() {
            delivered.state = Some(DeliveryState::Settled);
            gathered.missing = gathered.missing.saturating_sub(1);
        }
        let key = (settle.sequence, settle.subscription);
        let emissions = frame.into_events();
        if let Some(delivered) = gathered.deliveries.get_mut(&key) {
            delivered.emissions.extend(emissions.iter().map(|r| r.sequence));
        }
        emissions.into_iter().for_each(|recorded| self.expect(gathered, recorded));
    }

    /// Builds the tree: as deep as was gathered.
    fn tree(&self, gathered: &mut Gathered, sequence: Sequence) -> Option<Trace> {
        let recorded = gathered.events.remove(&sequence)?;
        let all = (sequence, SubscriptionNumber(0))..=(sequence, SubscriptionNumber(u32::MAX));
        let keys: Vec<_> = gathered.deliveries.range(all).map(|(key, _)| *key).collect();
        let mut deliveries = Vec::new();
        for key in keys {
            let Some(delivered) = gathered.deliveries.remove(&key) else { continue };
            let Some(progress) = self.progress(key.1) else { continue };
            let emissions = delivered.emissions.iter().filter_map(|emission| self.tree(gathered, *emission)).collect();
            let state = delivered.state.unwrap_or(DeliveryState::Settled);
            deliveries.push(Branch { subscription: progress.id, state, attempts: delivered.attempts, emissions });
        }
        Some(Trace { recorded, deliveries })
    }
}
