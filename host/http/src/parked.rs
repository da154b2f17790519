//! Parked deliveries.

use crate::answers::{fit, holding};
use crate::app::App;
use crate::auth::Access;
use crate::body::Small;
use crate::items::Items;
use crate::problem::Problem;
use crate::query::{self, Parameters};
use crate::selection::{self, ListParameters, SELECTED_MAX};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
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
pub(crate) async fn list(State(app): State<App>, access: Access, Parameters(mut wanted): Parameters<ListParameters>) -> Result<Response, Problem> {
    wanted.matches.namespace = access.namespace().cloned();
    let room = app.answers.room().await?;
    let page = app.host.parked(&wanted.matches, wanted.after.as_deref(), query::limit(wanted.limit)?)?;
    let room = fit(room, page.items.iter().map(|item| item.recorded.event.size()).sum());
    let items = page.items.into_iter().map(ParkedJson::from).collect();
    Ok(holding(Json(Items { items, next: page.next }).into_response(), room))
}

/// One parked delivery.
pub(crate) async fn one(State(app): State<App>, access: Access, Path(id): Path<String>) -> Result<Json<ParkedJson>, Problem> {
    find(&app, &access, &id).map(|parked| Json(parked.into()))
}

/// The parked delivery, if the caller may know of it: others are as if they were not there.
fn find(app: &App, access: &Access, id: &str) -> Result<ParkedDelivery, Problem> {
    let found = app.host.parked_delivery(id).filter(|parked| access.sees_plugin(parked.subscription.plugin.as_str()));
    found.ok_or_else(|| ControlError::NotParked(id.to_owned()).into())
}

/// Lets parked deliveries go on.
pub(crate) async fn release(State(app): State<App>, access: Access, Small(body): Small) -> Result<Json<Released>, Problem> {
    let find = |id: &String| find(&app, &access, id).map(drop);
    let (ids, remaining) = selection::choose(&access, &body, "parked deliveries", find, |matches| {
        let page = app.host.parked(matches, None, SELECTED_MAX)?;
        Ok((page.items.into_iter().map(|parked| parked.id).collect(), page.next.is_none()))
    })?;
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
pub(crate) async fn drop_one(State(app): State<App>, access: Access, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    if access.namespace().is_some() {
        find(&app, &access, &id)?;
    }
    app.host.drop_parked(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
