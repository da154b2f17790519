//! Dead letters: listed, delivered again, dropped.

use crate::driver::Input;
use crate::host::Host;
use crate::namespace::Namespace;
use crate::query::PAGE_BYTES_MAX;
use crate::rows::reopened;
use oyez_engine::{ControlError, Matches, OpenRow, RowState};
use oyez_model::port::ViewsError;
use oyez_model::{Recorded, Sequence, Settlement, SubscriptionId, SubscriptionNumber, Timestamp, Version};

/// A delivery given up on.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// Names it; opaque.
    pub id: String,
    /// To whom.
    pub subscription: SubscriptionId,
    /// Of which event.
    pub sequence: Sequence,
    /// Attempts in its last round.
    pub attempts: u32,
    /// How the last one ended.
    pub settlement: Settlement,
    /// Why.
    pub reason: String,
    /// What the handler said in its last attempt: the end of it, 4 KiB at most.
    pub log: String,
    /// What ran; nothing for a native handler.
    pub version: Option<Version>,
    /// When it was given up on.
    pub died: Timestamp,
    /// The event.
    pub recorded: Recorded,
}

/// Which dead letters, or parked deliveries; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadMatch {
    /// Of this plugin, or of this subscription (`email`, `email/on-order`).
    pub subscription: Option<String>,
    /// Of events of this type.
    pub ty: Option<String>,
    /// Of events with this partition key.
    pub key: Option<String>,
    /// Dead, or parked, at this time or later.
    pub since: Option<Timestamp>,
    /// And before this one.
    pub until: Option<Timestamp>,
    /// How the last attempt failed: a settlement (`trapped`), or a part of its reason.
    pub error: Option<String>,
    /// Of plugins in this namespace.
    pub namespace: Option<Namespace>,
}

/// Dead letters, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadPage {
    /// By subscription, then by sequence.
    pub items: Vec<DeadLetter>,
    /// The id of the last one, to be given as `after`. Nothing: this was the end.
    pub next: Option<String>,
}

impl DeadMatch {
    pub(crate) fn wants(&self, id: &SubscriptionId) -> bool {
        self.subscription.as_deref().is_none_or(|wanted| wanted == id.plugin.as_str() || wanted == id.to_string())
            && self.namespace.as_ref().is_none_or(|namespace| namespace.has_plugin(id.plugin.as_str()))
    }

    pub(crate) fn wants_row(&self, row: &OpenRow) -> bool {
        let failed = |error: &str| row.settlement.is_some_and(|settlement| settlement.as_str() == error) || row.reason.contains(error);
        self.since.is_none_or(|since| row.settled >= since)
            && self.until.is_none_or(|until| row.settled < until)
            && self.error.as_deref().is_none_or(failed)
    }

    pub(crate) fn wants_event(&self, recorded: &Recorded) -> bool {
        self.ty.as_deref().is_none_or(|ty| ty == recorded.event.ty())
            && self.key.as_deref().is_none_or(|key| recorded.event.has_partition_key() && key == recorded.event.partition_key())
    }
}

pub(crate) fn id(number: SubscriptionNumber, sequence: Sequence) -> String {
    format!("{}-{sequence}", number.0)
}

pub(crate) fn parse(id: &str) -> Option<(SubscriptionNumber, Sequence)> {
    let (number, sequence) = id.split_once('-')?;
    Some((SubscriptionNumber(number.parse().ok()?), Sequence(sequence.parse().ok()?)))
}

impl Host {
    /// Dead letters after the one with the id `after`, `limit` at most, fewer where they are large.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn dead(&self, wanted: &DeadMatch, after: Option<&str>, limit: usize) -> Result<DeadPage, ViewsError> {
        let engine = &self.0.engine;
        let (after_number, after_sequence) = after.and_then(parse).unzip();
        let mut page = DeadPage { items: Vec::new(), next: None };
        let mut bytes = 0;
        for progress in engine.subscriptions().into_iter().filter(|p| wanted.wants(&p.id) && after_number.is_none_or(|n| p.number >= n)) {
            let mut from = after_sequence.filter(|_| after_number == Some(progress.number)).map_or(Sequence(0), Sequence::next);
            loop {
                let matches = Matches { number: Some(progress.number), from };
                let rows = engine.rows(&matches, |state| *state == RowState::Dead, limit.clamp(1, 256))?;
                let Some((_, last, _)) = rows.last() else { break };
                from = last.next();
                for (number, sequence, row) in rows.into_iter().filter(|(_, _, row)| wanted.wants_row(row)) {
                    if page.items.len() == limit || bytes > PAGE_BYTES_MAX {
                        page.next = page.items.last().map(|letter| letter.id.clone());
                        return Ok(page);
                    }
                    let found = self.letter(&progress.id, number, sequence, row).filter(|letter| wanted.wants_event(&letter.recorded));
                    bytes += found.as_ref().map_or(0, |letter| letter.recorded.event.size());
                    page.items.extend(found);
                }
            }
        }
        Ok(page)
    }

    /// One dead letter.
    #[must_use]
    pub fn dead_letter(&self, id: &str) -> Option<DeadLetter> {
        let (number, sequence) = parse(id)?;
        let row = self.0.engine.row(number, sequence).filter(|row| row.state == RowState::Dead)?;
        let progress = self.0.engine.progress(number)?;
        self.letter(&progress.id, number, sequence, row)
    }

    /// Delivers a dead letter again: a new round, its attempts counted from 1. If its plugin is gone, it waits for that to come back.
    ///
    /// # Errors
    /// There is no such dead letter, or nothing is taken just now.
    pub async fn redrive(&self, id: &str) -> Result<(), ControlError> {
        let (number, sequence) = parse(id).ok_or_else(|| ControlError::NotDead(id.to_owned()))?;
        self.0.engine.redrive(number, sequence).await.map_err(|error| named(error, id))?;
        let engine = &self.0.engine;
        // Who was taken up meanwhile found the round among its rows, and may have ended it.
        if let Some(row) = engine.row(number, sequence).filter(|row| row.state == RowState::Redriven)
            && let Some(recorded) = row.recorded.or_else(|| engine.event(sequence))
        {
            let _ = self.0.inputs.send(Input::Redriven(number, reopened(recorded, row.round, row.attempts, None)));
        }
        Ok(())
    }

    /// Gives a dead letter up for good.
    ///
    /// # Errors
    /// There is no such dead letter, or nothing is taken just now.
    pub async fn drop_dead(&self, id: &str) -> Result<(), ControlError> {
        let (number, sequence) = parse(id).ok_or_else(|| ControlError::NotDead(id.to_owned()))?;
        self.0.engine.drop_dead(number, sequence).await.map_err(|error| named(error, id))?;
        let _ = self.0.inputs.send(Input::Dropped(number, sequence));
        Ok(())
    }

    fn letter(&self, subscription: &SubscriptionId, number: SubscriptionNumber, sequence: Sequence, row: OpenRow) -> Option<DeadLetter> {
        let OpenRow { attempts, settlement, reason, version, settled, recorded, log, .. } = row;
        let (recorded, settlement) = (recorded.or_else(|| self.0.engine.event(sequence))?, settlement?);
        let subscription = subscription.clone();
        Some(DeadLetter { id: id(number, sequence), subscription, sequence, attempts, settlement, reason, log, version, died: settled, recorded })
    }
}

fn named(error: ControlError, id: &str) -> ControlError {
    if matches!(error, ControlError::NotDead(_)) { ControlError::NotDead(id.to_owned()) } else { error }
}
