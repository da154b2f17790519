//! Dead letters.

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
use oyez::{DeadLetter, Event};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct DeadJson {
    id: String,
    subscription: String,
    sequence: u64,
    attempts: u32,
    settlement: &'static str,
    reason: String,
    log: String,
    version: Option<String>,
    died: String,
    event: Event,
}

impl From<DeadLetter> for DeadJson {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            subscription: letter.subscription.to_string(),
            sequence: letter.sequence.0,
            attempts: letter.attempts,
            settlement: letter.settlement.as_str(),
            reason: letter.reason,
            log: letter.log,
            version: letter.version.map(|version| version.to_string()),
            died: letter.died.to_rfc3339(),
            event: letter.recorded.event,
        }
    }
}

/// What was delivered again, and how many more are wanted.
#[derive(Debug, Serialize)]
pub(crate) struct Redriven {
    redriven: usize,
    remaining: usize,
}

/// Lists dead letters.
pub(crate) async fn list(State(app): State<App>, access: Access, Parameters(mut wanted): Parameters<ListParameters>) -> Result<Response, Problem> {
    wanted.matches.namespace = access.namespace().cloned();
    let room = app.answers.room().await?;
    let page = app.host.dead(&wanted.matches, wanted.after.as_deref(), query::limit(wanted.limit)?)?;
    let room = fit(room, page.items.iter().map(|item| item.recorded.event.size()).sum());
    let items = page.items.into_iter().map(DeadJson::from).collect();
    Ok(holding(Json(Items { items, next: page.next }).into_response(), room))
}

/// One dead letter.
pub(crate) async fn one(State(app): State<App>, access: Access, Path(id): Path<String>) -> Result<Json<DeadJson>, Problem> {
    find(&app, &access, &id).map(|letter| Json(letter.into()))
}

/// The dead letter, if the caller may know of it: others are as if they were not there.
fn find(app: &App, access: &Access, id: &str) -> Result<DeadLetter, Problem> {
    let found = app.host.dead_letter(id).filter(|letter| access.sees_plugin(letter.subscription.plugin.as_str()));
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "not-dead", format!("there is no dead letter `{id}`; see `oyez dead list`")))
}

/// Delivers dead letters again.
pub(crate) async fn redrive(State(app): State<App>, access: Access, Small(body): Small) -> Result<Json<Redriven>, Problem> {
    let find = |id: &String| find(&app, &access, id).map(drop);
    let (ids, remaining) = selection::choose(&access, &body, "dead letters", find, |matches| {
        let page = app.host.dead(matches, None, SELECTED_MAX)?;
        Ok((page.items.into_iter().map(|letter| letter.id).collect(), page.next.is_none()))
    })?;
    for id in &ids {
        app.host.redrive(id).await?;
    }
    Ok(Json(Redriven { redriven: ids.len(), remaining }))
}

/// Gives a dead letter up for good.
pub(crate) async fn drop_one(State(app): State<App>, access: Access, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    if access.namespace().is_some() {
        find(&app, &access, &id)?;
    }
    app.host.drop_dead(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
