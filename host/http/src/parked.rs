//! Parked deliveries.

use crate::app::App;
use crate::items::Items;
use crate::problem::Problem;
use crate::query::{self, Parameters};
use crate::selection::{self, ListParameters, SELECTED_MAX, Selection};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use oyez::{ControlError, Event, ParkedDelivery};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct ParkedJson {
    id: String,
    subscription: String,
    sequence: u64,
    lane: String,
    behind: Vec<String>,
    reason: String,
    cycle: Vec<String>,
    since: String,
    event: Event,
}

impl From<ParkedDelivery> for ParkedJson {
    fn from(parked: ParkedDelivery) -> Self {
        Self {
            id: parked.id,
            subscription: parked.subscription.to_string(),
            sequence: parked.sequence.0,
            lane: parked.lane,
            behind: parked.behind,
            reason: parked.reason,
            cycle: parked.cycle,
            since: parked.since.to_rfc3339(),
            event: parked.recorded.event,
        }
    }
}

/// What was let go, and whether more is wanted.
#[derive(Debug, Serialize)]
pub(crate) struct Released {
    released: usize,
    remaining: usize,
}

/// Lists parked deliveries.
pub(crate) async fn list(State(app): State<App>, Parameters(wanted): Parameters<ListParameters>) -> Result<Json<Items<ParkedJson, String>>, Problem> {
    let page = app.host.parked(&wanted.matches, wanted.after.as_deref(), query::limit(wanted.limit)?)?;
    Ok(Json(Items { items: page.items.into_iter().map(ParkedJson::from).collect(), next: page.next }))
}

/// One parked delivery.
pub(crate) async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ParkedJson>, Problem> {
    let missing = || Problem::from(ControlError::NotParked(id.clone()));
    app.host.parked_delivery(&id).map(|parked| Json(parked.into())).ok_or_else(missing)
}

/// Lets parked deliveries go on.
pub(crate) async fn release(State(app): State<App>, body: Bytes) -> Result<Json<Released>, Problem> {
    let (ids, remaining) = match selection::parse(&body, "parked deliveries")? {
        Selection::Ids(ids) => (ids, 0),
        Selection::Matching(matches) => {
            let page = app.host.parked(&matches, None, SELECTED_MAX)?;
            (page.items.into_iter().map(|parked| parked.id).collect(), usize::from(page.next.is_some()))
        }
    };
    let mut released = 0;
    for id in &ids {
        match app.host.release(id).await {
            Ok(()) => released += 1,
            // One before it in its lane took it along.
            Err(ControlError::NotParked(_)) if ids.len() > 1 => released += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(Released { released, remaining }))
}

/// Gives a parked delivery up for good.
pub(crate) async fn drop_one(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.host.drop_parked(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
