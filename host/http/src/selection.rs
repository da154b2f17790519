//! Which deliveries a call is about: of a list, by what they have in common; of a change, by their ids as well.

use crate::auth::Access;
use crate::problem::Problem;
use axum::http::StatusCode;
use oyez::{DeadMatch, Timestamp};
use serde::{Deserialize, Deserializer};

/// Deliveries that one call changes; the rest is for the next call.
pub(crate) const SELECTED_MAX: usize = 1_000;

/// The parameters of a list.
#[derive(Debug, Deserialize)]
#[serde(from = "Listed")]
pub(crate) struct ListParameters {
    pub(crate) matches: DeadMatch,
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    subscription: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    key: Option<String>,
    #[serde(default, deserialize_with = "time")]
    since: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    until: Option<Timestamp>,
    error: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

impl From<Listed> for ListParameters {
    fn from(Listed { subscription, ty, key, since, until, error, after, limit }: Listed) -> Self {
        Self { matches: DeadMatch { subscription, ty, key, since, until, error, namespace: None }, after, limit }
    }
}

/// What a change is asked for of.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    ids: Option<Vec<String>>,
    subscription: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    key: Option<String>,
    #[serde(default, deserialize_with = "time")]
    since: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    until: Option<Timestamp>,
    error: Option<String>,
    #[serde(default)]
    all: bool,
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || serde::de::Error::custom(format!("`{text}` is no RFC 3339 time, such as `2026-01-31T12:00:00Z`"));
    Timestamp::parse(&text).map(Some).ok_or_else(wrong)
}

/// Which deliveries are to be changed.
#[derive(Debug)]
enum Selection {
    /// These.
    Ids(Vec<String>),
    /// Those that have this in common, or all.
    Matching(DeadMatch),
}

/// The ids of the deliveries that a caller chooses by a body, and how many more there are at least. What another namespace has is as if it
/// were not there: of ids, each is asked for by `find` before any is touched; of the others `page` gives a page, and whether it is the last.
pub(crate) fn choose(
    access: &Access,
    body: &[u8],
    what: &str,
    find: impl Fn(&String) -> Result<(), Problem>,
    page: impl FnOnce(&DeadMatch) -> Result<(Vec<String>, bool), Problem>,
) -> Result<(Vec<String>, usize), Problem> {
    match parse(body, what)? {
        Selection::Ids(ids) => {
            if access.namespace().is_some() {
                ids.iter().try_for_each(find)?;
            }
            Ok((ids, 0))
        }
        Selection::Matching(matches) => {
            let (ids, last) = page(&DeadMatch { namespace: access.namespace().cloned(), ..matches })?;
            Ok((ids, usize::from(!last)))
        }
    }
}

/// Reads a body: by ids, by what they have in common, or all; one of the three.
fn parse(body: &[u8], what: &str) -> Result<Selection, Problem> {
    let invalid = |error: String| Problem::new(StatusCode::BAD_REQUEST, "invalid-selection", error);
    let wanted: Wanted = serde_json::from_slice(body).map_err(|error| invalid(format!("the body is no selection of {what}: {error}")))?;
    let Wanted { ids, subscription, ty, key, since, until, error, all } = wanted;
    let matches = DeadMatch { subscription, ty, key, since, until, error, namespace: None };
    if usize::from(ids.is_some()) + usize::from(matches != DeadMatch::default()) + usize::from(all) != 1 {
        return Err(invalid(format!("say which {what}: one of `ids`, `subscription`, `type`, `key`, `since`, `until` and `error`, or `all`")));
    }
    match ids {
        Some(ids) if ids.len() > SELECTED_MAX => Err(invalid(format!("{} ids are over the limit of {SELECTED_MAX} a call", ids.len()))),
        Some(ids) => Ok(Selection::Ids(ids)),
        None => Ok(Selection::Matching(matches)),
    }
}
