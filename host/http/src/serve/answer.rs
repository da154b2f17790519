//! The body of an answer, and what is held until its last piece is taken.

use super::places::Busy;
use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::OwnedSemaphorePermit;

/// What is held, and told that a piece is asked for.
pub(crate) trait Polled: Send + Unpin + 'static {
    /// A piece is asked for: those before it are on their way.
    fn polled(&self) {}
}

impl Polled for Busy {
    fn polled(&self) {
        self.seat().taken();
    }
}

impl Polled for OwnedSemaphorePermit {}

/// A body with what is held until it is gone.
#[derive(Debug)]
pub(crate) struct Answer<H> {
    body: Body,
    held: H,
}

impl<H: Polled> Answer<H> {
    pub(crate) fn holding(body: Body, held: H) -> Body {
        Body::new(Self { body, held })
    }
}

impl<H: Polled> http_body::Body for Answer<H> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        this.held.polled();
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
