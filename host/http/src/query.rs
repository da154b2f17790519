//! Parameters of queries, checked: an unknown one is an error, for a filter that is misspelt would show too much.

use crate::auth::Access;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use oyez::{EventQuery, From, Sequence, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Items in one answer if the caller does not say, and at most.
const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// The parameters of a query.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(parameters) = Query::try_from_uri(&parts.uri).map_err(|error| Problem::parameter(error.body_text()))?;
        Ok(Self(parameters))
    }
}

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventParameters {
    #[serde(rename = "type")]
    ty: Option<String>,
    source: Option<String>,
    subject: Option<String>,
    correlation: Option<String>,
    from: Option<String>,
    limit: Option<usize>,
    /// Begin with the last so many.
    last: Option<usize>,
    /// The events with this id, and no others.
    pub(crate) id: Option<String>,
}

impl EventParameters {
    pub(crate) fn query(&self, access: &Access) -> EventQuery {
        let (ty, source, subject, correlation) = (self.ty.clone(), self.source.clone(), self.subject.clone(), self.correlation.clone());
        EventQuery { ty, source, subject, correlation, namespace: access.namespace().cloned() }
    }

    pub(crate) fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Where to begin, if the caller says.
    pub(crate) fn from(&self) -> Result<Option<From>, Problem> {
        match (&self.from, self.last) {
            (Some(_), Some(_)) => Err(Problem::parameter("`from` and `last` exclude each other: give one")),
            (None, Some(n)) => Ok(Some(From::Last(n))),
            (None, None) => Ok(None),
            (Some(text), None) => from(text).map(Some),
        }
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit)
    }
}

pub(crate) fn limit(limit: Option<usize>) -> Result<usize, Problem> {
    match limit {
        None => Ok(LIMIT_DEFAULT),
        Some(limit @ 1..=LIMIT_MAX) => Ok(limit),
        Some(limit) => Err(Problem::parameter(format!("`limit` is {limit}, but takes a number from 1 to {LIMIT_MAX}"))),
    }
}

pub(crate) fn from(text: &str) -> Result<From, Problem> {
    if text == "beginning" {
        return Ok(From::Beginning);
    }
    if let Ok(sequence) = text.parse() {
        return Ok(From::Sequence(Sequence(sequence)));
    }
    let wrong = || Problem::parameter(format!("`from` is `{text}`, but takes a sequence, an RFC 3339 time or `beginning`"));
    Timestamp::parse(text).map(From::Time).ok_or_else(wrong)
}
