//! Server-sent events, of whatever comes: how long a stream goes on, and what it waits for.

use crate::app::App;
use crate::auth::Access;
use crate::problem::Problem;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What a feed has just now.
pub(crate) enum Next {
    Event(Event),
    /// Nothing yet: there is more to look at.
    Look,
    /// Nothing until it grows.
    Wait,
}

/// What is streamed. `None` of either ends the stream.
pub(crate) trait Feed: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Option<Next>> + Send;
    /// Comes back when there may be more.
    fn grown(&mut self) -> impl Future<Output = Option<()>> + Send;
}

/// One of the streams that there may be.
pub(crate) struct Stream {
    app: App,
    access: Access,
    _permit: OwnedSemaphorePermit,
}

impl Stream {
    /// Takes one of the places that there are for streams.
    ///
    /// # Errors
    /// All are taken.
    pub(crate) fn open(app: App, access: Access) -> Result<Self, Problem> {
        match Arc::clone(&app.streams).try_acquire_owned() {
            Ok(permit) => Ok(Self { app, access, _permit: permit }),
            Err(_) => {
                let detail = format!("{} streams are under way, which is the limit: try again, or read pages", app.limits.streams);
                Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-streams", detail))
            }
        }
    }

    /// Sends what the feed has and will have.
    pub(crate) fn send(self, feed: impl Feed) -> Response {
        let events = futures_util::stream::unfold((self, feed), |(mut stream, mut feed)| async move {
            let event = stream.next(&mut feed).await?;
            Some((Ok::<_, Infallible>(event), (stream, feed)))
        });
        Sse::new(events).keep_alive(KeepAlive::default()).into_response()
    }

    /// The next event; nothing when the host stops, the feed ends, or the token is taken back.
    async fn next(&mut self, feed: &mut impl Feed) -> Option<Event> {
        while self.access.holds(self.app.options.borrow_and_update().tokens.as_deref()) {
            match feed.next().await? {
                Next::Event(event) => return Some(event),
                Next::Look => {}
                Next::Wait => tokio::select! {
                    grown = feed.grown() => grown?,
                    // Whoever gave the options may be gone: then they stay.
                    Ok(()) = self.app.options.changed() => {}
                    _ = self.app.stopping.wait_for(|stopping| *stopping) => return None,
                },
            }
        }
        None
    }
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
