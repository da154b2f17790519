//! Items of a list, and what names an event.

use crate::problem::Problem;
use axum::http::StatusCode;
use oyez::{Event, Recorded, Sequence};
use serde::Serialize;

/// Items, and where to go on.
#[derive(Debug, Serialize)]
pub(crate) struct Items<T, N> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<N>,
}

/// An event with its place.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    sequence: u64,
    accepted: String,
    event: Event,
}

impl std::convert::From<Recorded> for Item {
    fn from(recorded: Recorded) -> Self {
        Self { sequence: recorded.sequence.0, accepted: recorded.accepted.to_rfc3339(), event: recorded.event }
    }
}

impl Item {
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }
}

pub(crate) fn parse_sequence(text: &str) -> Result<Sequence, Problem> {
    text.parse().map(Sequence).map_err(|_| Problem::parameter(format!("`{text}` is no sequence: give a number")))
}

pub(crate) fn no_such_event(sequence: Sequence) -> Problem {
    let detail = format!("there is no event at sequence {sequence}: sequences are not dense, and settlements and changes take some too");
    Problem::new(StatusCode::NOT_FOUND, "no-such-event", detail)
}
