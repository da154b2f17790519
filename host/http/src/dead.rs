//! Dead letters.

use crate::app::App;
use crate::items::Items;
use crate::problem::Problem;
use crate::query::{self, Parameters};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use oyez::{DeadLetter, DeadMatch, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Dead letters that one call delivers again; the rest is for the next call.
const REDRIVEN_MAX: usize = 1_000;

#[derive(Debug, Serialize)]
pub(crate) struct DeadJson {
    id: String,
    subscription: String,
    sequence: u64,
    attempts: u32,
    settlement: &'static str,
    reason: String,
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
            version: letter.version.map(|version| version.to_string()),
            died: letter.died.to_rfc3339(),
            event: letter.recorded.event,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadParameters {
    subscription: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Which to deliver again: by id, by what they have in common, or all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    ids: Option<Vec<String>>,
    subscription: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    #[serde(default)]
    all: bool,
}

/// What was delivered again, and how many more are wanted.
#[derive(Debug, Serialize)]
pub(crate) struct Redriven {
    redriven: usize,
    remaining: usize,
}

/// Lists dead letters.
pub(crate) async fn list(State(app): State<App>, Parameters(wanted): Parameters<DeadParameters>) -> Result<Json<Items<DeadJson, String>>, Problem> {
    let matches = DeadMatch { subscription: wanted.subscription, ty: wanted.ty };
    let page = app.host.dead(&matches, wanted.after.as_deref(), query::limit(wanted.limit)?)?;
    Ok(Json(Items { items: page.items.into_iter().map(DeadJson::from).collect(), next: page.next }))
}

/// One dead letter.
pub(crate) async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Json<DeadJson>, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "not-dead", format!("there is no dead letter `{id}`; see `oyez dead list`"));
    app.host.dead_letter(&id).map(|letter| Json(letter.into())).ok_or_else(missing)
}

/// Delivers dead letters again.
pub(crate) async fn redrive(State(app): State<App>, body: Bytes) -> Result<Json<Redriven>, Problem> {
    let invalid = |error: String| Problem::new(StatusCode::BAD_REQUEST, "invalid-selection", error);
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| invalid(format!("the body is no selection of dead letters: {error}")))?;
    let by_match = wanted.subscription.is_some() || wanted.ty.is_some();
    if usize::from(wanted.ids.is_some()) + usize::from(by_match) + usize::from(wanted.all) != 1 {
        return Err(invalid("say which dead letters: one of `ids`, `subscription` and `type`, or `all`".to_owned()));
    }
    let (ids, remaining) = if let Some(ids) = wanted.ids {
        if ids.len() > REDRIVEN_MAX {
            return Err(invalid(format!("{} ids are over the limit of {REDRIVEN_MAX} a call", ids.len())));
        }
        (ids, 0)
    } else {
        let matches = DeadMatch { subscription: wanted.subscription, ty: wanted.ty };
        let page = app.host.dead(&matches, None, REDRIVEN_MAX)?;
        (page.items.into_iter().map(|letter| letter.id).collect(), usize::from(page.next.is_some()))
    };
    for id in &ids {
        app.host.redrive(id).await?;
    }
    Ok(Json(Redriven { redriven: ids.len(), remaining }))
}

/// Gives a dead letter up for good.
pub(crate) async fn drop_one(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.host.drop_dead(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is held back on purpose: nothing parks yet.
pub(crate) async fn parked() -> Json<Items<Value, String>> {
    Json(Items { items: Vec::new(), next: None })
}
