//! What is checked before anything is written: pure looks at the state, no change.

use crate::engine::EngineOptions;
use crate::error::{ControlError, PublishError, SettleError, Unavailable};
use crate::ids::{self, Entry, Key};
use crate::plugin_state;
use crate::request::{Receipt, StateTerms};
use crate::row::{OpenRow, RowState};
use crate::state::State;
use oyez_event::Event;
use oyez_model::port::{LogReader, Space};
use oyez_model::{Frame, PluginName, Recorded, Sequence, Settle, StateLimit, SubscriptionNumber, Timestamp, bounds};
use std::collections::BTreeMap;

/// A batch that passed: which of its events are new, and what each one's receipt will be once the sequences are known.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The new events, in order.
    pub(crate) fresh: Vec<Event>,
    /// Their keys.
    pub(crate) keys: Vec<Key>,
    /// One a received event.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Fresh(u64),
    /// Of an earlier one in the same batch.
    Repeated(u64),
    Known(Sequence),
}

impl Checked {
    /// The receipts, once the first new event's sequence is known.
    pub(crate) fn receipts(&self, first: Sequence) -> Vec<Receipt> {
        let receipt = |slot: &Slot| match *slot {
            Slot::Fresh(i) => Receipt { sequence: first.plus(i), duplicate: false },
            Slot::Repeated(i) => Receipt { sequence: first.plus(i), duplicate: true },
            Slot::Known(sequence) => Receipt { sequence, duplicate: true },
        };
        self.slots.iter().map(receipt).collect()
    }
}

/// What needs no look at the state: sizes, and who may speak for whom.
pub(crate) fn events(events: &[Event]) -> Result<(), PublishError> {
    if events.len() > bounds::BATCH_EVENTS_MAX {
        return Err(PublishError::BatchTooLarge { events: events.len() });
    }
    for event in events {
        if event.source().starts_with("/plugins/") {
            return Err(PublishError::ReservedSource(event.source().to_owned()));
        }
        if event.size() > bounds::EVENT_BYTES_MAX {
            return Err(PublishError::EventTooLarge { id: event.id().to_owned(), bytes: event.size() });
        }
    }
    Ok(())
}

/// The dedup window: all of a batch passes, or none.
pub(crate) fn dedup(
    state: &State,
    reader: &dyn LogReader,
    batch: Vec<Event>,
    now: Timestamp,
    window: EngineOptions,
) -> Result<Checked, PublishError> {
    let EngineOptions { dedup_window, dedup_events } = window;
    let remembers = |known: &Entry| {
        let (age, behind) = (now.since(known.accepted), state.applied.0.saturating_sub(known.sequence.0));
        age < dedup_window && dedup_events.is_none_or(|events| behind < events)
    };
    let mut checked = Checked::default();
    let mut here: BTreeMap<Key, u64> = BTreeMap::new();
    for event in batch {
        let key = ids::key(event.source(), event.id());
        if let Some(&i) = here.get(&key) {
            let earlier = usize::try_from(i).ok().and_then(|i| checked.fresh.get(i));
            if !earlier.is_some_and(|earlier| earlier.same_fact(&event)) {
                return Err(reused(&event, Sequence(0)));
            }
            checked.slots.push(Slot::Repeated(i));
            continue;
        }
        let known = entry(state, &key).filter(|known| remembers(known));
        match known {
            Some(known) if known.fact == ids::fact(&event) || recorded(reader, known.sequence).is_some_and(|r| r.event.same_fact(&event)) => {
                checked.slots.push(Slot::Known(known.sequence));
            }
            Some(known) => return Err(reused(&event, known.sequence)),
            None => {
                let i = checked.fresh.len() as u64;
                here.insert(key, i);
                checked.slots.push(Slot::Fresh(i));
                checked.keys.push(key);
                checked.fresh.push(event);
            }
        }
    }
    Ok(checked)
}

/// What a producer takes for the last place of its event's source and subject. Of a duplicate nothing is expected.
pub(crate) fn expected(state: &State, checked: Checked, expected: Option<Sequence>) -> Result<Checked, PublishError> {
    let (Some(event), Some(expected)) = (checked.fresh.first(), expected) else { return Ok(checked) };
    let subject = event.subject().ok_or_else(|| PublishError::NoSubject(event.id().to_owned()))?;
    let row = state.overlay.get(Space::Ends, &ids::end_key(event.source(), subject)).map_err(|error| Unavailable::unreadable(&error))?;
    let found = row.and_then(|row| Some(Sequence(u64::from_be_bytes(*row.first_chunk()?)))).unwrap_or_default();
    if found == expected {
        return Ok(checked);
    }
    Err(PublishError::Unexpected { source_uri: event.source().to_owned(), subject: subject.to_owned(), expected, found })
}

fn reused(event: &Event, first: Sequence) -> PublishError {
    PublishError::IdReused { source_uri: event.source().to_owned(), id: event.id().to_owned(), first }
}

fn entry(state: &State, key: &Key) -> Option<Entry> {
    // A store that cannot be read is treated as one that does not know the id: the event is accepted rather than lost.
    let found = state.overlay.get(Space::Ids, key).inspect_err(|error| tracing::error!(%error, "the dedup window cannot be read"));
    Entry::decode(&found.ok()??)
}

/// The event at a place, from the log.
pub(crate) fn recorded(reader: &dyn LogReader, sequence: Sequence) -> Option<Recorded> {
    frame_at(reader, sequence)?.into_events().into_iter().find(|r| r.sequence == sequence)
}

/// The frame that holds a place, or the next one.
pub(crate) fn frame_at(reader: &dyn LogReader, sequence: Sequence) -> Option<Frame> {
    let frame = reader.read(sequence, 1).ok()?.into_iter().next()?;
    Frame::decode(&frame.bytes).ok()
}

/// Settled once, and serialisable: this attempt must be the one that the delivery waits for, and all that it saw of its plugin's state
/// must be so still. Gives back by how much that state grows; `pending` is what the group before it lets it grow.
pub(crate) fn settle(state: &State, settle: &Settle, terms: &StateTerms, pending: impl Fn(&PluginName) -> i64) -> Result<i64, SettleError> {
    let progress = state.subscriptions.get(&settle.subscription).ok_or(SettleError::AlreadySettled)?;
    let expected = match progress.rows.get(&settle.sequence) {
        Some(mark) if mark.state == RowState::Dead => None,
        Some(mark) => Some((mark.round, mark.attempts + 1)),
        None if progress.is_past(settle.sequence) => parked(state, settle.subscription, settle.sequence).map(|row| (row.round, row.attempts + 1)),
        None => Some((0, 1)),
    };
    if expected != Some((settle.round, settle.attempt)) {
        return Err(SettleError::AlreadySettled);
    }
    let plugin = &state.home(&progress.id.plugin);
    let unreadable = |error| SettleError::Unavailable(Unavailable::unreadable(&error));
    if !plugin_state::still_holds(&state.overlay, &state.changes, plugin, &terms.reads).map_err(unreadable)? {
        return Err(SettleError::Overtaken);
    }
    let growth = settle.writes.iter().map(|write| plugin_state::growth_of(&state.overlay, plugin, write)).sum::<i64>();
    let had = state.plugins.get(plugin).map_or(0, |row| row.state_bytes);
    let wanted = had.saturating_add_signed(pending(plugin)).saturating_add_signed(growth);
    // Whoever is over, because the limit was lowered, may still shrink.
    if growth > 0 && wanted > terms.bytes_max {
        return Err(StateLimit::Quota { wanted, max: terms.bytes_max }.into());
    }
    Ok(growth)
}

/// The row of a parked delivery.
pub(crate) fn parked(state: &State, number: SubscriptionNumber, sequence: Sequence) -> Option<OpenRow> {
    let progress = state.subscriptions.get(&number).filter(|progress| !progress.parked.is_empty())?;
    state.row(progress.number, sequence).filter(|row| row.state == RowState::Parked)
}

/// A dead letter's present round.
pub(crate) fn dead(state: &State, number: SubscriptionNumber, sequence: Sequence) -> Result<u32, ControlError> {
    let name = || state.subscriptions.get(&number).map_or_else(|| sequence.to_string(), |p| format!("{}:{sequence}", p.id));
    let mark = state.subscriptions.get(&number).and_then(|p| p.rows.get(&sequence));
    mark.filter(|mark| mark.state == RowState::Dead).map(|mark| mark.round).ok_or_else(|| ControlError::NotDead(name()))
}
