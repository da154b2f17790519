//! Plugins and their subscriptions.

use crate::app::App;
use crate::items::Items;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use oyez::{ControlError, Filter, Gap, PluginStatus, SubscriptionStatus};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PluginJson {
    name: String,
    version: Option<String>,
    state: &'static str,
    /// The end of the log when this build, or these settings, took over.
    since: u64,
    reason: Option<String>,
    file: Option<String>,
    described_version: String,
    summary: String,
    subscriptions: Vec<String>,
    emits: Vec<String>,
    asks: Vec<String>,
    /// It asks for nothing: its emissions depend on the event alone.
    pure: bool,
}

impl From<PluginStatus> for PluginJson {
    fn from(status: PluginStatus) -> Self {
        Self {
            pure: status.asks.is_empty() && status.version.is_some(),
            name: status.name,
            version: status.version.map(|version| version.to_string()),
            state: status.state.as_str(),
            since: status.since.0,
            reason: status.reason,
            file: status.file.map(|file| file.display().to_string()),
            described_version: status.described_version,
            summary: status.summary,
            subscriptions: status.subscriptions,
            emits: status.emits,
            asks: status.asks,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct SubscriptionJson {
    subscription: String,
    plugin: String,
    name: String,
    filters: Vec<Value>,
    epoch: u64,
    place: u64,
    lag: u64,
    counts: BTreeMap<&'static str, u64>,
    attempts: u64,
    attached: bool,
    gaps: Vec<GapJson>,
}

/// What a subscription missed.
#[derive(Debug, Serialize)]
struct GapJson {
    from: u64,
    to: u64,
    events: u64,
    at: String,
}

impl From<Gap> for GapJson {
    fn from(gap: Gap) -> Self {
        Self { from: gap.from.0, to: gap.to.0, events: gap.events, at: gap.at.to_rfc3339() }
    }
}

impl From<SubscriptionStatus> for SubscriptionJson {
    fn from(status: SubscriptionStatus) -> Self {
        Self {
            subscription: status.id.to_string(),
            plugin: status.id.plugin.to_string(),
            name: status.id.name.to_string(),
            filters: status.epoch.filters.iter().map(filter).collect(),
            epoch: status.epoch.begins.0,
            place: status.place.0,
            lag: status.lag,
            counts: status.counts.into_iter().map(|(state, n)| (state.as_str(), n)).collect(),
            attempts: status.attempts,
            attached: status.attached,
            gaps: status.gaps.into_iter().map(GapJson::from).collect(),
        }
    }
}

/// As in the `.toml`: `{"exact":{"type":"…"}}`.
fn filter(filter: &Filter) -> Value {
    let (dialect, clauses) = filter.parts();
    let tests: Map<_, _> = clauses.iter().map(|clause| (clause.attribute.clone(), Value::from(clause.value.clone()))).collect();
    Value::Object(Map::from_iter([(dialect.to_owned(), Value::Object(tests))]))
}

/// All plugins.
pub(crate) async fn list(State(app): State<App>) -> Json<Items<PluginJson, String>> {
    Json(Items { items: app.host.plugins().await.into_iter().map(PluginJson::from).collect(), next: None })
}

/// One plugin.
pub(crate) async fn one(State(app): State<App>, Path(name): Path<String>) -> Result<Json<PluginJson>, Problem> {
    shown(&app, name).await
}

/// Does something with a plugin.
pub(crate) async fn act(State(app): State<App>, Path((name, verb)): Path<(String, String)>) -> Result<Json<PluginJson>, Problem> {
    match verb.as_str() {
        "pause" => app.host.pause(&name, true).await?,
        "resume" => app.host.pause(&name, false).await?,
        "approve" | "rollback" | "rebuild" | "forget" => {
            let message = format!("`{verb}` is documented and not built yet; use pause or resume");
            return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "not-yet", message));
        }
        _ => return Err(Problem::new(StatusCode::NOT_FOUND, "no-such-verb", format!("there is no verb `{verb}`: use pause or resume"))),
    }
    shown(&app, name).await
}

async fn shown(app: &App, name: String) -> Result<Json<PluginJson>, Problem> {
    let found = app.host.plugins().await.into_iter().find(|plugin| plugin.name == name);
    found.map(|plugin| Json(plugin.into())).ok_or_else(|| ControlError::NoSuchPlugin(name).into())
}

/// All subscriptions, those of plugins that are gone included.
pub(crate) async fn subscriptions(State(app): State<App>) -> Json<Items<SubscriptionJson, String>> {
    Json(Items { items: app.host.subscriptions().await.into_iter().map(SubscriptionJson::from).collect(), next: None })
}
