//! Deliveries with rows, read with their events.

use crate::error::SubscribeError;
use oyez_dispatch::Reopened;
use oyez_engine::{Engine, Matches, OpenRow, RowState};
use oyez_model::port::ViewsError;
use oyez_model::{Lane, Recorded, Sequence, SubscriptionNumber};
use std::sync::Arc;

/// The rows that wait for an attempt, with their events.
pub(crate) fn open_rows(engine: &Engine, number: SubscriptionNumber) -> Result<Vec<Reopened>, SubscribeError> {
    let matches = Matches { number: Some(number), ..Matches::default() };
    let rows = engine.rows(&matches, |state| !matches!(state, RowState::Dead | RowState::Parked), usize::MAX)?;
    Ok(with_events(engine, rows.into_iter().map(|(_, sequence, row)| (sequence, row)).collect()))
}

/// The first of what is parked in a lane, with their events, and whether there is more.
pub(crate) fn parked(engine: &Engine, number: SubscriptionNumber, lane: &Lane, limit: usize) -> Result<(Vec<Reopened>, bool), ViewsError> {
    let rows = engine.parked(number, lane, limit)?;
    let more = rows.len() == limit;
    Ok((with_events(engine, rows), more))
}

/// Rows, which go up, with their events: their own copies, or those of the log.
fn with_events(engine: &Engine, rows: Vec<(Sequence, OpenRow)>) -> Vec<Reopened> {
    let wanted: Vec<_> = rows.iter().filter(|(_, row)| row.recorded.is_none()).map(|(sequence, _)| *sequence).collect();
    let mut events = engine.events(&wanted).into_iter();
    let mut open = Vec::with_capacity(rows.len());
    for (sequence, mut row) in rows {
        let Some(recorded) = row.recorded.take().or_else(|| events.next().flatten()) else {
            tracing::error!(%sequence, "the event of a delivery that waits, or is parked, is not in the log any more");
            continue;
        };
        let due = if let RowState::Waiting { due } = row.state { Some(due) } else { None };
        open.push(reopened(recorded, row.round, row.attempts, due));
    }
    open
}

pub(crate) fn reopened(recorded: Recorded, round: u32, attempts: u32, due: Option<oyez_model::Timestamp>) -> Reopened {
    Reopened { recorded: Arc::new(recorded), round, attempts, due }
}
