//! Events as they come, as server-sent events: `id:` is the sequence, so that a client that lost its connection goes on where it was.

use crate::answers::fit;
use crate::app::App;
use crate::auth::Access;
use crate::items::Item;
use crate::problem::Problem;
use crate::query::EventParameters;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use oyez::{EventQuery, Sequence};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Events read from the log at a time.
const PAGE: usize = 256;

/// Where a stream stands.
struct Place {
    app: App,
    query: EventQuery,
    next: Sequence,
    synced: watch::Receiver<Sequence>,
    waiting: VecDeque<Item>,
    access: Access,
    /// What those that wait to be taken have of the memory for answers.
    room: Option<OwnedSemaphorePermit>,
    /// One of the streams that there may be.
    _permit: OwnedSemaphorePermit,
}

/// Whether a caller wants a stream.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    accepts(headers, "text/event-stream")
}

/// Whether a caller accepts a media type, by its name.
pub(crate) fn accepts(headers: &HeaderMap, media: &str) -> bool {
    headers.get_all(ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(|accept| accept.contains(media)))
}

/// What a client that lost its connection saw last.
pub(crate) fn last_seen(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok())
}

/// One of the streams that there may be.
pub(crate) fn permit(app: &App) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(&app.streams).try_acquire_owned().map_err(|_| {
        let detail = format!("{} streams are under way, which is the limit: try again, or read pages", app.limits.streams);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-streams", detail)
    })
}

pub(crate) async fn stream(app: App, access: Access, wanted: &EventParameters, headers: &HeaderMap) -> Result<Response, Problem> {
    let permit = permit(&app)?;
    let next = match (last_seen(headers), wanted.from()?) {
        (Some(last), _) => Sequence(last).next(),
        (None, Some(from)) => app.host.place(from).await?,
        (None, None) => app.host.synced().next(),
    };
    let (query, synced) = (wanted.query(&access), app.host.watch());
    let place = Place { query, next, synced, waiting: VecDeque::new(), access, room: None, _permit: permit, app };
    let events = futures_util::stream::unfold(place, |mut place| async move {
        let item = place.next().await?;
        Some((Ok::<_, Infallible>(item), place))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl Place {
    /// The next event; nothing when the host stops, the log cannot be read, or the token is taken back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if !self.access.holds(self.app.options.borrow_and_update().tokens.as_deref()) {
                return None;
            }
            if !self.waiting.is_empty() {
                break;
            }
            self.room = None;
            let Ok(room) = self.app.answers.room().await else { continue };
            let page = self.app.host.events(&self.query, self.next, PAGE).await;
            let page = page.inspect_err(|error| tracing::warn!(%error, "a stream of events ends")).ok()?;
            let more = page.next.is_some();
            let bytes = page.items.iter().map(|recorded| recorded.event.size()).sum();
            self.room = (bytes > 0).then(|| fit(room, bytes));
            self.next = page.seen.max(self.next);
            self.waiting.extend(page.items.into_iter().map(Item::from));
            if self.waiting.is_empty() && !more {
                tokio::select! {
                    grown = self.synced.changed() => grown.ok()?,
                    // Whoever gave the options may be gone: then they stay.
                    Ok(()) = self.app.options.changed() => {}
                    _ = self.app.stopping.wait_for(|stopping| *stopping) => return None,
                }
            }
        }
        let item = self.waiting.pop_front()?;
        let data = serde_json::to_string(&item).ok()?;
        Some(Event::default().id(item.sequence().to_string()).data(data))
    }
}
