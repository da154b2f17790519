//! What plugins said: a page of it, and a stream of what comes.

use crate::answers::{fit, holding};
use crate::app::App;
use crate::auth::Access;
use crate::follow::{self, Feed, Next, Stream};
use crate::items::Items;
use crate::problem::Problem;
use crate::query::{self, Parameters};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use oyez::{Level, LogLine, LogQuery};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;

/// Lines that a stream takes at a time.
const PAGE: usize = 64;

/// Which lines.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogParameters {
    plugin: Option<String>,
    event: Option<String>,
    level: Option<String>,
    from: Option<u64>,
    limit: Option<usize>,
}

/// A line.
#[derive(Debug, Serialize)]
struct LineJson<'a> {
    line: u64,
    time: String,
    plugin: &'a str,
    subscription: &'a str,
    sequence: u64,
    event: &'a str,
    attempt: u32,
    level: &'static str,
    text: &'a str,
}

impl<'a> From<&'a LogLine> for LineJson<'a> {
    fn from(line: &'a LogLine) -> Self {
        let said = &line.said;
        Self {
            line: line.number,
            time: line.at.to_rfc3339(),
            plugin: said.plugin.live(),
            subscription: said.subscription.as_str(),
            sequence: said.sequence.0,
            event: &said.event,
            attempt: said.attempt,
            level: said.level.as_str(),
            text: &said.text,
        }
    }
}

impl LogParameters {
    fn query(&self, access: &Access) -> Result<LogQuery, Problem> {
        let wrong = |level: &String| Problem::parameter(format!("`level` is `{level}`, but takes trace, debug, info, warn or error"));
        let level = self.level.as_ref().map(|level| Level::parse(level).ok_or_else(|| wrong(level))).transpose()?;
        Ok(LogQuery { plugin: self.plugin.clone(), event: self.event.clone(), level, namespace: access.namespace().cloned() })
    }
}

/// Lists lines, or streams them as they come, by what the caller accepts.
pub(crate) async fn list(
    State(app): State<App>,
    access: Access,
    Parameters(wanted): Parameters<LogParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(plugin) = &wanted.plugin {
        access.plugin(plugin)?;
    }
    let (query, limit) = (wanted.query(&access)?, query::limit(wanted.limit)?);
    if follow::is_wanted(&headers) {
        return stream(app, access, query, wanted.from, limit, &headers);
    }
    let room = app.answers.room().await?;
    let lines = app.host.logs(&query, wanted.from, limit + usize::from(wanted.from.is_some()));
    // One more than is asked for says where to go on.
    let next = lines.get(limit).map(|line| line.number);
    let items: Vec<_> = lines.iter().take(limit).map(|line| LineJson::from(&**line)).collect();
    let room = fit(room, lines.iter().map(|line| line.said.text.len() + line.said.event.len()).sum());
    Ok(holding(Json(Items { items, next }).into_response(), room))
}

/// Where a stream stands.
struct Place {
    app: App,
    query: LogQuery,
    next: u64,
    grown: watch::Receiver<u64>,
    waiting: VecDeque<Arc<LogLine>>,
}

/// Begins behind the line that the client saw last, at `from`, or with the last `limit`.
fn stream(app: App, access: Access, query: LogQuery, from: Option<u64>, limit: usize, headers: &HeaderMap) -> Result<Response, Problem> {
    let stream = Stream::open(app.clone(), access)?;
    let from = follow::last_seen(headers).map(|last| last + 1).or(from);
    let waiting: VecDeque<_> = app.host.logs(&query, from, limit).into();
    let next = waiting.back().map(|line| line.number + 1).or(from).unwrap_or_default();
    let grown = app.host.watch_logs();
    Ok(stream.send(Place { query, next, grown, waiting, app }))
}

impl Feed for Place {
    /// What was pushed out before it was read is passed over.
    async fn next(&mut self) -> Option<Next> {
        if let Some(line) = self.waiting.pop_front() {
            self.next = line.number + 1;
            let data = serde_json::to_string(&LineJson::from(&*line)).ok()?;
            return Some(Next::Event(Event::default().id(line.number.to_string()).data(data)));
        }
        let seen = *self.grown.borrow_and_update();
        self.waiting = self.app.host.logs(&self.query, Some(self.next), PAGE).into();
        if self.waiting.is_empty() {
            // All up to there was looked at.
            self.next = self.next.max(seen + 1);
            return Some(Next::Wait);
        }
        Some(Next::Look)
    }

    async fn grown(&mut self) -> Option<()> {
        self.grown.changed().await.ok()
    }
}
