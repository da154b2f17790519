//! Reading: the log and the views, beside the writer.

use crate::engine::Engine;
use crate::ids;
use crate::row::{self, OpenRow, RowState};
use crate::state::State;
use crate::validate;
use crate::{Progress, ids::Entry};
use oyez_model::port::{Damage, LogError, Space, ViewsError};
use oyez_model::{Frame, FrameBody, Lane, PluginName, Recorded, Sequence, SubscriptionId, SubscriptionNumber, Timestamp, Version};
use std::collections::VecDeque;

/// The most rows that one scan takes at a time.
const SCAN_ROWS: usize = 1_000;

/// Which open rows a query wants; all of them by default.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// Of one subscription.
    pub number: Option<SubscriptionNumber>,
    /// From this sequence up, within each subscription.
    pub from: Sequence,
}

impl Engine {
    /// Events from a place up, as many as fit `bytes` (at least one frame's), and where to go on. Synced ones only.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn read(&self, from: Sequence, bytes: usize) -> Result<(Vec<Recorded>, Sequence), LogError> {
        let mut next = from;
        let mut events = Vec::new();
        for frame in self.frames(from, bytes)? {
            next = frame.last().next();
            events.extend(frame.into_events().into_iter().filter(|r| r.sequence >= from));
        }
        Ok((events, next))
    }

    /// Whole frames from a place up, those only that are in the views too.
    pub(crate) fn frames(&self, from: Sequence, bytes: usize) -> Result<Vec<Frame>, LogError> {
        let synced = self.synced();
        if from > synced {
            return Ok(Vec::new());
        }
        let raw = self.reader().read(from, bytes)?;
        let decode = |raw: oyez_model::port::RawFrame| {
            Frame::decode(&raw.bytes).map_err(|error| LogError::Unreadable { first: raw.first, what: error.to_string() })
        };
        raw.into_iter().filter(|raw| raw.last <= synced).map(decode).collect()
    }

    /// The event at a place; a dead letter's copy if the log has let go of it.
    #[must_use]
    pub fn event(&self, sequence: Sequence) -> Option<Recorded> {
        validate::recorded(&**self.reader(), sequence).filter(|r| r.sequence <= self.synced())
    }

    /// The events at these places, which go up. A frame that holds several of them is read once.
    #[must_use]
    pub fn events(&self, places: &[Sequence]) -> Vec<Option<Recorded>> {
        let synced = self.synced();
        let mut frame = VecDeque::new();
        let at = |place: &Sequence| {
            while frame.pop_front_if(|recorded: &mut Recorded| recorded.sequence < *place).is_some() {}
            if frame.is_empty() && *place <= synced {
                frame.extend(validate::frame_at(&**self.reader(), *place).map(Frame::into_events).unwrap_or_default());
                while frame.pop_front_if(|recorded| recorded.sequence < *place).is_some() {}
            }
            frame.pop_front_if(|recorded| recorded.sequence == *place)
        };
        places.iter().map(at).collect()
    }

    /// The places of events with this id, newest last; of one source if it is given.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn find(&self, id: &str, source: Option<&str>) -> Result<Vec<Sequence>, ViewsError> {
        let prefix = source.map_or_else(|| ids::prefix(id).to_vec(), |source| ids::key(source, id).to_vec());
        let rows = self.state().read().overlay.scan(Space::Ids, &prefix, &[], SCAN_ROWS)?;
        let mut places: Vec<_> = rows.iter().filter_map(|(_, value)| Entry::decode(value)).map(|entry| entry.sequence).collect();
        // The sum's first bytes may meet by chance: the event itself decides.
        places.retain(|place| self.event(*place).is_some_and(|r| r.event.id() == id));
        places.sort_unstable();
        Ok(places)
    }

    /// The first place whose event was accepted at or after a time; one past the end if there is none.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn since(&self, time: Timestamp) -> Result<Sequence, LogError> {
        // Accept time never goes back, so that halving finds it.
        let (mut low, mut high) = (self.first(), self.synced().next());
        while low < high {
            let middle = Sequence(low.0 + (high.0 - low.0) / 2);
            match self.frames(middle, 1)?.first() {
                Some(frame) if frame.accepted < time => low = frame.last().next().max(middle.next()),
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The place of the event `n` before the end, for those who want the last ones.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn last(&self, n: usize) -> Result<Sequence, LogError> {
        let (first, end) = (self.first(), self.synced().next());
        let mut span = (n as u64).saturating_mul(2).max(64);
        loop {
            let from = Sequence(end.0.saturating_sub(span).max(first.0));
            let mut places = Vec::new();
            let mut at = from;
            while at < end {
                let (events, next) = self.read(at, 4 << 20)?;
                places.extend(events.iter().map(|r| r.sequence));
                if next == at {
                    break;
                }
                at = next;
            }
            if places.len() >= n || from <= first {
                return Ok(places.len().checked_sub(n).and_then(|i| places.get(i).copied()).unwrap_or(from));
            }
            span = span.saturating_mul(4);
        }
    }

    /// The first place that the log still has.
    #[must_use]
    pub fn first(&self) -> Sequence {
        self.reader().first()
    }

    /// What of the log is not whole.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.reader().damage()
    }

    /// Events accepted from producers and emitted by handlers, since the process began.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state().read();
        (state.ingested, state.emitted)
    }

    /// How far every subscription is that was ever seen, without those of rebuilds.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<Progress> {
        self.state().read().subscriptions.values().filter(|progress| !progress.id.plugin.is_scratch()).cloned().collect()
    }

    /// How far all are that need the log.
    #[must_use]
    pub fn readers(&self) -> Vec<Progress> {
        self.state().read().subscriptions.values().cloned().collect()
    }

    /// How far one subscription is.
    #[must_use]
    pub fn progress(&self, number: SubscriptionNumber) -> Option<Progress> {
        self.state().read().subscriptions.get(&number).cloned()
    }

    /// The number of a subscription.
    #[must_use]
    pub fn number(&self, id: &SubscriptionId) -> Option<SubscriptionNumber> {
        self.state().read().numbers.get(id).copied()
    }

    /// The version that a plugin last ran.
    #[must_use]
    pub fn version(&self, plugin: &PluginName) -> Option<Version> {
        self.state().read().plugins.get(plugin)?.version
    }

    /// Whether a plugin is paused by hand.
    #[must_use]
    pub fn is_paused(&self, plugin: &PluginName) -> bool {
        self.state().read().plugins.get(plugin).is_some_and(|row| row.paused)
    }

    /// One row.
    #[must_use]
    pub fn row(&self, number: SubscriptionNumber, sequence: Sequence) -> Option<OpenRow> {
        self.state().read().row(number, sequence)
    }

    /// Parked deliveries of a lane, from the first one up, `limit` at most; of a storm those only that were released.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn parked(&self, number: SubscriptionNumber, lane: &Lane, limit: usize) -> Result<Vec<(Sequence, OpenRow)>, ViewsError> {
        let state = self.state().read();
        let released = match lane {
            Lane::Storm(_) => {
                state.subscriptions.get(&number).and_then(|progress| progress.parked.get(lane)).map_or(Sequence(0), |held| held.released)
            }
            Lane::Total | Lane::Key(_) => Sequence(u64::MAX),
        };
        let prefix = row::lane_prefix(number, lane);
        let from = state.parked_from.lock().get(&prefix).copied().unwrap_or_default();
        let keys = state.overlay.scan(Space::Parked, &prefix, &row::parked_key(number, lane, from), limit)?;
        if let Some((first, _)) = keys.first() {
            state.parked_from.lock().insert(prefix, row::sequence_of(first));
        }
        let sequences = keys.iter().map(|(key, _)| row::sequence_of(key)).take_while(|sequence| *sequence <= released);
        sequences.map(|sequence| Ok((sequence, whole(&state, number, sequence)?))).collect()
    }

    /// Parked deliveries of a subscription from a place up, `limit` at most.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn parked_from(&self, number: SubscriptionNumber, from: Sequence, limit: usize) -> Result<Vec<(Sequence, OpenRow)>, ViewsError> {
        let state = self.state().read();
        if state.subscriptions.get(&number).is_none_or(|progress| progress.parked.is_empty()) {
            return Ok(Vec::new());
        }
        let (prefix, mut at, mut found) = (number.0.to_be_bytes(), from, Vec::new());
        loop {
            let rows = state.overlay.scan(Space::Rows, &prefix, &row::key(number, at), SCAN_ROWS)?;
            let Some((last, _)) = rows.last() else { return Ok(found) };
            at = row::sequence_of(last).next();
            let parked = rows.iter().filter_map(|(key, value)| Some((row::sequence_of(key), OpenRow::decode(value)?)));
            found.extend(parked.filter(|(_, row)| row.state == RowState::Parked));
            if found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }

    /// Open rows in the order of subscription and sequence: `limit` at most.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn rows(
        &self,
        matches: &Matches,
        test: impl Fn(&RowState) -> bool,
        limit: usize,
    ) -> Result<Vec<(SubscriptionNumber, Sequence, OpenRow)>, ViewsError> {
        let state = self.state().read();
        let wanted = |number: &SubscriptionNumber| matches.number.is_none_or(|n| n == *number);
        let mut found = Vec::new();
        for (number, progress) in state.subscriptions.iter().filter(|(number, _)| wanted(number)) {
            let marks = progress.rows.range(matches.from..).filter(|(_, mark)| test(&mark.state));
            for sequence in marks.map(|(sequence, _)| *sequence) {
                if found.len() == limit {
                    return Ok(found);
                }
                found.push((*number, sequence, whole(&state, *number, sequence)?));
            }
        }
        Ok(found)
    }
}

fn whole(state: &State, number: SubscriptionNumber, sequence: Sequence) -> Result<OpenRow, ViewsError> {
    let bytes = state.overlay.get(Space::Rows, &row::key(number, sequence))?;
    let lost = || ViewsError::Store(format!("the row of {sequence} cannot be read"));
    bytes.as_deref().and_then(OpenRow::decode).ok_or_else(lost)
}

/// Whether a frame is a settlement of one of these.
pub(crate) fn settle_of(frame: &Frame) -> Option<&oyez_model::Settle> {
    if let FrameBody::Settle(settle) = &frame.body { Some(settle) } else { None }
}
