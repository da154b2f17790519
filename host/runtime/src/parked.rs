//! Parked deliveries: listed, released, dropped.

use crate::dead::{DeadMatch, id, parse};
use crate::driver::Input;
use crate::host::Host;
use crate::query::PAGE_BYTES_MAX;
use crate::storm;
use oyez_engine::{ControlError, OpenRow, Progress, RowState, Unavailable};
use oyez_model::port::ViewsError;
use oyez_model::{Lane, Recorded, Sequence, SubscriptionId, SubscriptionNumber, Timestamp};

/// A delivery that is held back.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedDelivery {
    /// Names it; opaque.
    pub id: String,
    /// To whom.
    pub subscription: SubscriptionId,
    /// Of which event.
    pub sequence: Sequence,
    /// The lane that it stands in: its partition key, `all`, or `storm of` the root of its causation tree.
    pub lane: String,
    /// The ids of the dead letters that it waits behind. None, and it is of no storm: it is about to go on.
    pub behind: Vec<String>,
    /// Why.
    pub reason: String,
    /// Of a storm: the plugins that answer each other in a circle, if any do.
    pub cycle: Vec<String>,
    /// Since when.
    pub since: Timestamp,
    /// The event.
    pub recorded: Recorded,
}

/// Parked deliveries, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedPage {
    /// By subscription, then by sequence.
    pub items: Vec<ParkedDelivery>,
    /// The id of the last one, to be given as `after`. Nothing: this was the end.
    pub next: Option<String>,
}

impl Host {
    /// Parked deliveries after the one with the id `after`, `limit` at most, fewer where they are large.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn parked(&self, wanted: &DeadMatch, after: Option<&str>, limit: usize) -> Result<ParkedPage, ViewsError> {
        let engine = &self.0.engine;
        let (after_number, after_sequence) = after.and_then(parse).unzip();
        let mut page = ParkedPage { items: Vec::new(), next: None };
        let mut bytes = 0;
        for progress in engine.subscriptions().into_iter().filter(|p| wanted.wants(&p.id) && after_number.is_none_or(|n| p.number >= n)) {
            let mut from = after_sequence.filter(|_| after_number == Some(progress.number)).map_or(Sequence(0), Sequence::next);
            loop {
                let rows = engine.parked_from(progress.number, from, limit.clamp(1, 256))?;
                let Some((last, _)) = rows.last() else { break };
                from = last.next();
                for (sequence, row) in rows.into_iter().filter(|(_, row)| wanted.wants_row(row)) {
                    if page.items.len() == limit || bytes > PAGE_BYTES_MAX {
                        page.next = page.items.last().map(|delivery| delivery.id.clone());
                        return Ok(page);
                    }
                    let found = self.held(&progress, sequence, row).filter(|delivery| wanted.wants_event(&delivery.recorded));
                    bytes += found.as_ref().map_or(0, |delivery| delivery.recorded.event.size());
                    page.items.extend(found);
                }
            }
        }
        Ok(page)
    }

    /// One parked delivery.
    #[must_use]
    pub fn parked_delivery(&self, id: &str) -> Option<ParkedDelivery> {
        let (number, sequence, row) = self.parked_row(id)?;
        self.held(&self.0.engine.progress(number)?, sequence, row)
    }

    /// Lets a parked delivery go on, and so all that is parked in its lane, in order: it waits behind no dead letter any more. Those stay
    /// what they are. Of a storm all goes on that is parked now; what that emits is parked again.
    ///
    /// # Errors
    /// It is not parked, or nothing is taken just now.
    pub async fn release(&self, id: &str) -> Result<(), ControlError> {
        let (number, lane) = self.parked_row(id).and_then(|(number, _, row)| Some((number, row.lane?))).ok_or_else(|| not_parked(id))?;
        let (inputs, of) = (self.0.inputs.clone(), lane.clone());
        let (told, released) = tokio::sync::oneshot::channel();
        // The dispatcher hears of it in the order of the log: a dead letter that holds the lane back from then on is not let go of.
        let reply = move |result: Result<Sequence, ControlError>| {
            if result.is_ok() {
                let _ = inputs.send(Input::Released(number, of));
            }
            let _ = told.send(result.map(drop));
        };
        self.0.engine.release(number, lane, Box::new(reply));
        released.await.unwrap_or_else(|_| Err(Unavailable::stopping().into()))
    }

    /// Gives a parked delivery up for good.
    ///
    /// # Errors
    /// It is not parked, or nothing is taken just now.
    pub async fn drop_parked(&self, id: &str) -> Result<(), ControlError> {
        let (number, sequence, _) = self.parked_row(id).ok_or_else(|| not_parked(id))?;
        self.0.engine.drop_dead(number, sequence).await?;
        // It may have gone on meanwhile, and died.
        let _ = self.0.inputs.send(Input::Dropped(number, sequence));
        Ok(())
    }

    fn parked_row(&self, id: &str) -> Option<(SubscriptionNumber, Sequence, OpenRow)> {
        let (number, sequence) = parse(id)?;
        let row = self.0.engine.row(number, sequence).filter(|row| row.state == RowState::Parked)?;
        Some((number, sequence, row))
    }

    fn held(&self, progress: &Progress, sequence: Sequence, row: OpenRow) -> Option<ParkedDelivery> {
        let recorded = row.recorded.or_else(|| self.0.engine.event(sequence))?;
        let lane = row.lane.as_ref()?;
        let behind = progress.parked.get(lane).into_iter().flat_map(|parked| &parked.behind);
        let behind: Vec<_> = behind.map(|dead| id(progress.number, *dead)).collect();
        let (reason, cycle) = match lane {
            Lane::Storm(root) => {
                let excess =
                    self.0.budget.excess(&recorded).map_or_else(|| "it was past the budget of its causation tree".to_owned(), |e| e.to_string());
                (format!("storm: {excess} (root {root})"), storm::cycle(&self.0.engine, &recorded))
            }
            _ if behind.is_empty() => ("released: it is about to go on".to_owned(), Vec::new()),
            _ => (format!("behind the dead letter {} of its key", behind.join(", ")), Vec::new()),
        };
        Some(ParkedDelivery {
            id: id(progress.number, sequence),
            subscription: progress.id.clone(),
            sequence,
            lane: lane.to_string(),
            behind,
            reason,
            cycle,
            since: row.settled,
            recorded,
        })
    }
}

fn not_parked(id: &str) -> ControlError {
    ControlError::NotParked(id.to_owned())
}
