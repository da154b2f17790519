//! The bodies of requests: read whole, within a size, a time, and the memory that all bodies may have together.

use crate::app::App;
use crate::options::HttpLimits;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use oyez::event::BODY_BYTES_MAX;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// A body that is not taken is read on for so long.
const DRAINED_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;
/// A body of anything but events.
const SMALL_BYTES_MAX: usize = 1 << 20;
/// What is given a body before it has come.
const FIRST_BYTES: usize = 64 << 10;

/// What all bodies may have together.
#[derive(Debug)]
pub(crate) struct Bodies {
    room: Arc<Semaphore>,
    time: Duration,
    rate: u32,
}

/// A body, and the room that it takes.
#[derive(Debug)]
pub(crate) struct Whole {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Bodies {
    pub(crate) fn new(limits: &HttpLimits) -> Self {
        let room = Arc::new(Semaphore::new(limits.bodies_bytes.min(Semaphore::MAX_PERMITS)));
        Self { room, time: limits.body_time, rate: limits.body_rate.max(1) }
    }

    /// Bytes that are held just now.
    pub(crate) fn held(&self, limits: &HttpLimits) -> usize {
        limits.bodies_bytes.saturating_sub(self.room.available_permits())
    }

    /// Reads the whole of it.
    pub(crate) async fn read(&self, headers: &HeaderMap, body: Body, max: usize) -> Result<Whole, Problem> {
        let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok()).unwrap_or(0);
        let mut whole = Whole { bytes: Vec::with_capacity(told.min(max).min(FIRST_BYTES)), room: None };
        let (mut pieces, mut length, mut crowded, begun) = (body.into_data_stream(), 0_usize, false, Instant::now());
        loop {
            let earned = Duration::from_millis(length as u64 * 1_000 / u64::from(self.rate));
            let Ok(piece) = timeout_at(begun + self.time + earned, pieces.next()).await else { return Err(self.late(length)) };
            let Some(piece) = piece else { break };
            let broken = |error| Problem::new(StatusCode::BAD_REQUEST, "body-broken", format!("the body ended before its time: {error}"));
            let piece = piece.map_err(broken)?;
            length += piece.len();
            let fits = length.max(told) <= max;
            crowded |= fits && !self.make_room(&mut whole, piece.len());
            if fits && !crowded {
                whole.bytes.extend_from_slice(&piece);
                continue;
            }
            // The room is for those that can be taken. The rest is read and thrown away: who still writes does not hear our answer.
            whole = Whole { bytes: Vec::new(), room: None };
            if length.max(told) > DRAINED_BYTES_MAX {
                break;
            }
        }
        if crowded {
            let detail = "the bodies that are being read take all the room that there is for them: send it again in a moment";
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-bodies", detail));
        }
        if length.max(told) <= max {
            return Ok(whole);
        }
        let detail = format!("the body is over the limit of {max} bytes: send less at a time");
        Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail))
    }

    /// Whether there is room for so much more of a body.
    fn make_room(&self, whole: &mut Whole, bytes: usize) -> bool {
        let more = u32::try_from(bytes).ok().and_then(|bytes| Arc::clone(&self.room).try_acquire_many_owned(bytes).ok());
        match (&mut whole.room, more) {
            (_, None) => return false,
            (Some(room), Some(more)) => room.merge(more),
            (none, more) => *none = more,
        }
        true
    }

    fn late(&self, length: usize) -> Problem {
        let (time, rate) = (self.time, self.rate);
        let detail =
            format!("after {length} bytes the body came too slowly: it has {time:?}, and more only at {rate} bytes a second; nothing was taken");
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", detail)
    }
}

/// A small body: of anything but events.
#[derive(Debug)]
pub(crate) struct Small(pub(crate) Whole);

impl FromRequest<App> for Small {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        app.bodies.read(&parts.headers, body, SMALL_BYTES_MAX).await.map(Self)
    }
}
