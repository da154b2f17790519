//! Events as they come, as server-sent events: `id:` is the sequence, so that a client that lost its connection goes on where it was.

use crate::answers::fit;
use crate::app::App;
use crate::auth::Access;
use crate::follow::{Feed, Next, Stream, last_seen};
use crate::items::Item;
use crate::problem::Problem;
use crate::query::EventParameters;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use oyez::{EventQuery, Sequence};
use std::collections::VecDeque;
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
    /// What those that wait to be taken have of the memory for answers.
    room: Option<OwnedSemaphorePermit>,
}

pub(crate) async fn stream(app: App, access: Access, wanted: &EventParameters, headers: &HeaderMap) -> Result<Response, Problem> {
    let query = wanted.query(&access);
    let stream = Stream::open(app.clone(), access)?;
    let next = match (last_seen(headers), wanted.from()?) {
        (Some(last), _) => Sequence(last).next(),
        (None, Some(from)) => app.host.place(from).await?,
        (None, None) => app.host.synced().next(),
    };
    let synced = app.host.watch();
    Ok(stream.send(Place { query, next, synced, waiting: VecDeque::new(), room: None, app }))
}

impl Feed for Place {
    async fn next(&mut self) -> Option<Next> {
        if let Some(item) = self.waiting.pop_front() {
            let data = serde_json::to_string(&item).ok()?;
            return Some(Next::Event(Event::default().id(item.sequence().to_string()).data(data)));
        }
        self.room = None;
        let Ok(room) = self.app.answers.room().await else { return Some(Next::Look) };
        let page = self.app.host.events(&self.query, self.next, PAGE).await;
        let page = page.inspect_err(|error| tracing::warn!(%error, "a stream of events ends")).ok()?;
        let bytes = page.items.iter().map(|recorded| recorded.event.size()).sum();
        self.room = (bytes > 0).then(|| fit(room, bytes));
        self.next = page.seen.max(self.next);
        self.waiting.extend(page.items.into_iter().map(Item::from));
        Some(if self.waiting.is_empty() && page.next.is_none() { Next::Wait } else { Next::Look })
    }

    async fn grown(&mut self) -> Option<()> {
        self.synced.changed().await.ok()
    }
}
