//! What the log may let go of, what of that is still needed, and what has to be kept of it.

use crate::engine::Engine;
use crate::ids::Entry;
use crate::row::{self, OpenRow};
use crate::validate;
use oyez_model::port::{Extent, LogError, Space, ViewsError};
use oyez_model::{Recorded, Sequence, SubscriptionNumber, Timestamp};
use std::time::Duration;

/// Events of the log are looked through this many bytes at a time.
const LOOK_BYTES: usize = 4 << 20;
/// Rows are looked through this many at a time, so that the writer never waits long.
const ROWS_AT_ONCE: usize = 256;

/// Copies are made so many bytes at a time, and ids forgotten so many, before a checkpoint takes them out of memory.
const COPIED_BYTES: usize = 16 << 20;
const FORGOTTEN_IDS: usize = 32 << 10;

impl Engine {
    /// The pieces in which the log lets go, oldest first; the last one is being written.
    #[must_use]
    pub fn extents(&self) -> Vec<Extent> {
        self.reader().extents()
    }

    /// When the last frame at or below a place was accepted.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn accepted_at(&self, sequence: Sequence) -> Result<Option<Timestamp>, LogError> {
        Ok(self.frames(sequence, 1)?.first().map(|frame| frame.accepted))
    }

    /// Events above a subscription's place and up to another that are for it, without those that ended or have a row: the first one, and
    /// how many; those in `except` are not counted. With `first_only` it looks no further than that.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn missed(
        &self,
        number: SubscriptionNumber,
        to: Sequence,
        except: &[Sequence],
        first_only: bool,
    ) -> Result<(Option<Sequence>, u64), LogError> {
        let (mut first, mut count) = (None, 0);
        let Some(progress) = self.progress(number) else { return Ok((first, count)) };
        let mut at = progress.place.next().max(self.first());
        while at <= to {
            let (events, next) = self.read(at, LOOK_BYTES)?;
            for recorded in events.iter().filter(|recorded| recorded.sequence <= to) {
                let sequence = recorded.sequence;
                let open = !progress.is_past(sequence) && !progress.rows.contains_key(&sequence) && !except.contains(&sequence);
                if open && progress.takes(sequence, &recorded.event) {
                    first = first.or(Some(sequence));
                    count += 1;
                    if first_only {
                        return Ok((first, count));
                    }
                }
            }
            if next == at {
                break;
            }
            at = next;
        }
        Ok((first, count))
    }

    /// Gives deliveries below a place that have rows a copy of their event, from a row's key up; those below the log's first place have
    /// one. No new one comes to lie there meanwhile: all subscriptions are past it. Gives back where to go on, after a checkpoint.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn keep_copies(&self, below: Sequence, from: Vec<u8>) -> Result<Option<Vec<u8>>, ViewsError> {
        let (first, mut from, mut bytes) = (self.first(), from, 0);
        if from.is_empty() {
            from = row::key(SubscriptionNumber(0), first);
        }
        while bytes < COPIED_BYTES {
            let rows = self.state().read().overlay.scan(Space::Rows, &[], &from, ROWS_AT_ONCE)?;
            let Some((last, _)) = rows.last() else { return Ok(None) };
            from = match (row::number_of(last), row::sequence_of(last)) {
                (number, sequence) if sequence < first => row::key(number, first),
                (number, sequence) if sequence >= below => row::key(SubscriptionNumber(number.0 + 1), first),
                _ => [&last[..], &[0]].concat(),
            };
            let rows = rows.iter().map(|(key, value)| (key, row::sequence_of(key), value)).filter(|(_, sequence, _)| *sequence < below);
            let bare = rows.filter(|(_, _, value)| OpenRow::decode(value).is_some_and(|row| row.recorded.is_none()));
            let copies: Vec<(&Vec<u8>, Recorded)> =
                bare.filter_map(|(key, sequence, _)| Some((key, validate::recorded(&**self.reader(), sequence)?))).collect();
            if copies.is_empty() {
                continue;
            }
            let overlay = &mut self.state().write().overlay;
            for (key, recorded) in copies {
                // It may have changed since, or be over.
                if let Some(row) = overlay.get(Space::Rows, key)?.as_deref().and_then(OpenRow::decode) {
                    bytes += recorded.event.size();
                    overlay.put(Space::Rows, key.clone(), OpenRow { recorded: Some(recorded), ..row }.encode());
                }
            }
        }
        Ok(Some(from))
    }

    /// Forgets the ids of events that the log has let go of, and that are out of the dedup window, from an id's key up. Gives back where
    /// to go on, after a checkpoint.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn forget_ids(&self, window: Duration, now: Timestamp, mut from: Vec<u8>) -> Result<Option<Vec<u8>>, ViewsError> {
        let (first, mut forgotten) = (self.first(), 0);
        while forgotten < FORGOTTEN_IDS {
            let rows = self.state().read().overlay.scan(Space::Ids, &[], &from, ROWS_AT_ONCE)?;
            let Some((last, _)) = rows.last() else { return Ok(None) };
            from = [&last[..], &[0]].concat();
            let old = |value: &[u8]| Entry::decode(value).is_some_and(|entry| entry.sequence < first && now.since(entry.accepted) >= window);
            let gone: Vec<_> = rows.into_iter().filter(|(_, value)| old(value)).collect();
            if gone.is_empty() {
                continue;
            }
            let overlay = &mut self.state().write().overlay;
            for (key, value) in gone {
                // The id may have been used anew.
                if overlay.get(Space::Ids, &key)?.as_ref() == Some(&value) {
                    overlay.delete(Space::Ids, key);
                    forgotten += 1;
                }
            }
        }
        Ok(Some(from))
    }
}
