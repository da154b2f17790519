//! The memory that answers with many events may have together.

use crate::options::HttpLimits;
use crate::problem::Problem;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What an answer may come to: a page and its last event, which may be past the page's end.
const LARGEST: u32 = 17 << 20;

/// What all of them may have together.
#[derive(Debug)]
pub(crate) struct Answers {
    room: Arc<Semaphore>,
    wait: Duration,
}

impl Answers {
    pub(crate) fn new(limits: &HttpLimits) -> Self {
        // One at least, or nothing could be read at all.
        let room = limits.answers_bytes.clamp(LARGEST as usize, Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(room)), wait: limits.head_time }
    }

    /// Room for the largest answer, in the order in which it is asked for; see [`fit`].
    pub(crate) async fn room(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let room = timeout(self.wait, Arc::clone(&self.room).acquire_many_owned(LARGEST)).await;
        room.ok().and_then(Result::ok).ok_or_else(|| {
            let detail = "the answers under way take all the memory that there is for them: ask again in a moment, or for less";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-answers", detail)
        })
    }
}

/// Gives back what an answer of so many bytes does not take.
pub(crate) fn fit(mut room: OwnedSemaphorePermit, bytes: usize) -> OwnedSemaphorePermit {
    let kept = bytes.clamp(1, room.num_permits());
    drop(room.split(room.num_permits() - kept));
    room
}

/// A piece of an answer, with the room that it takes.
struct Piece {
    bytes: Bytes,
    _room: Arc<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Ties room to the very bytes of an answer: they stay in memory until they are written, which is long after the server has read them.
pub(crate) fn holding(response: Response, room: OwnedSemaphorePermit) -> Response {
    let room = Arc::new(room);
    let kept = move |bytes| Bytes::from_owner(Piece { bytes, _room: Arc::clone(&room) });
    response.map(|body| Body::new(body.map_frame(move |frame| frame.map_data(&kept))))
}
