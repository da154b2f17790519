//! Plugins and their subscriptions.

use crate::app::App;
use crate::auth::Access;
use crate::body::Small;
use crate::cost::UsedJson;
use crate::items::Items;
use crate::problem::Problem;
use crate::query;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use oyez::{ControlError, Filter, Gap, LimitKey, PluginStatus, RebuildOptions, SubscriptionStatus, Terms};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
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
    /// Each limit of an attempt, as the `.toml` writes it, and what decided it.
    limits: Map<String, Value>,
    /// What it is granted, as lines of the `.toml`.
    grants: Vec<String>,
    /// What it asks for and a policy refuses: lines of the `.toml`, each with the policy.
    refused: Vec<String>,
    /// What its attempts used since the host began.
    used: UsedJson,
}

/// Each limit with its value and its origin.
fn limits(terms: &Terms) -> Map<String, Value> {
    let limit = |key: LimitKey| {
        let from = terms.decided.get(&key).map(ToString::to_string);
        (key.as_str().to_owned(), json!({ "value": key.show(terms.limits.get(key)), "from": from }))
    };
    LimitKey::ALL.into_iter().map(limit).collect()
}

impl From<PluginStatus> for PluginJson {
    fn from(status: PluginStatus) -> Self {
        Self {
            pure: status.is_pure(),
            limits: status.terms.as_ref().map(limits).unwrap_or_default(),
            grants: status.terms.as_ref().map(|terms| terms.grants.lines()).unwrap_or_default(),
            refused: status.terms.iter().flat_map(|terms| terms.cut.iter().map(|(line, policy)| format!("{line} (policy {policy})"))).collect(),
            used: status.used.into(),
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
pub(crate) async fn list(State(app): State<App>, access: Access) -> Json<Items<PluginJson, String>> {
    let plugins = app.host.plugins().await.into_iter().filter(|plugin| access.sees_plugin(&plugin.name));
    Json(Items { items: plugins.map(PluginJson::from).collect(), next: None })
}

/// One plugin.
pub(crate) async fn one(State(app): State<App>, access: Access, Path(name): Path<String>) -> Result<Json<PluginJson>, Problem> {
    access.plugin(&name)?;
    shown(&app, name).await
}

/// How a plugin is rebuilt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RebuildJson {
    /// A sequence, an RFC 3339 time, or `beginning`.
    from: Value,
    #[serde(default)]
    reset_state: bool,
    #[serde(default)]
    emit: bool,
}

/// Does something with a plugin.
pub(crate) async fn act(
    State(app): State<App>,
    access: Access,
    Path((name, verb)): Path<(String, String)>,
    Small(body): Small,
) -> Result<Json<PluginJson>, Problem> {
    access.plugin(&name)?;
    match verb.as_str() {
        "pause" => app.host.pause(&name, true).await?,
        "resume" => app.host.pause(&name, false).await?,
        "rebuild" => {
            let invalid = |error| Problem::new(StatusCode::BAD_REQUEST, "invalid-rebuild", format!("the body says not how to rebuild: {error}"));
            let RebuildJson { from, reset_state, emit } = serde_json::from_slice(&body).map_err(invalid)?;
            let from = query::from(&from.as_str().map_or_else(|| from.to_string(), str::to_owned))?;
            app.host.rebuild(&name, from, RebuildOptions { reset_state, emit }).await?;
        }
        "approve" | "rollback" | "forget" => {
            let message = format!("`{verb}` is documented and not built yet; use pause, resume or rebuild");
            return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "not-yet", message));
        }
        _ => return Err(Problem::new(StatusCode::NOT_FOUND, "no-such-verb", format!("there is no verb `{verb}`: use pause, resume or rebuild"))),
    }
    shown(&app, name).await
}

async fn shown(app: &App, name: String) -> Result<Json<PluginJson>, Problem> {
    let found = app.host.plugins().await.into_iter().find(|plugin| plugin.name == name);
    found.map(|plugin| Json(plugin.into())).ok_or_else(|| ControlError::NoSuchPlugin(name).into())
}

/// All subscriptions, those of plugins that are gone included.
pub(crate) async fn subscriptions(State(app): State<App>, access: Access) -> Json<Items<SubscriptionJson, String>> {
    let all = app.host.subscriptions().await.into_iter().filter(|status| access.sees_plugin(status.id.plugin.as_str()));
    Json(Items { items: all.map(SubscriptionJson::from).collect(), next: None })
}
