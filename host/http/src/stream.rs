//! Events as they come, as server-sent events: `id:` is the sequence, so that a client that lost its connection goes on where it was.

use crate::app::App;
use crate::items::Item;
use crate::problem::Problem;
use crate::query::EventParameters;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use oyez::{EventQuery, Sequence};
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::sync::watch;

/// Events read from the log at a time.
const PAGE: usize = 256;

/// Where a stream stands.
struct Place {
    app: App,
    query: EventQuery,
    next: Sequence,
    synced: watch::Receiver<Sequence>,
    waiting: VecDeque<Item>,
}

pub(crate) async fn stream(app: App, wanted: &EventParameters, headers: &HeaderMap) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
    let next = match (last, wanted.from()?) {
        (Some(last), _) => Sequence(last).next(),
        (None, Some(from)) => app.host.place(from).await?,
        (None, None) => app.host.synced().next(),
    };
    let place = Place { query: wanted.query(), next, synced: app.host.watch(), waiting: VecDeque::new(), app };
    let events = futures_util::stream::unfold(place, |mut place| async move {
        let item = place.next().await?;
        Some((Ok::<_, Infallible>(item), place))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl Place {
    /// The next event; nothing when the host stops, or the log cannot be read.
    async fn next(&mut self) -> Option<Event> {
        while self.waiting.is_empty() {
            let page = self.app.host.events(&self.query, self.next, PAGE).await;
            let page = page.inspect_err(|error| tracing::warn!(%error, "a stream of events ends")).ok()?;
            let more = page.next.is_some();
            self.next = page.seen.max(self.next);
            self.waiting.extend(page.items.into_iter().map(Item::from));
            if self.waiting.is_empty() && !more {
                tokio::select! {
                    grown = self.synced.changed() => grown.ok()?,
                    _ = self.app.stopping.wait_for(|stopping| *stopping) => return None,
                }
            }
        }
        let item = self.waiting.pop_front()?;
        let data = serde_json::to_string(&item).ok()?;
        Some(Event::default().id(item.sequence().to_string()).data(data))
    }
}
