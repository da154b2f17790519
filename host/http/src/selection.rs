//! Which deliveries a call is about: of a list, by what they have in common; of a change, by their ids as well.

use crate::problem::Problem;
use axum::http::StatusCode;
use oyez::DeadMatch;
use serde::Deserialize;

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
    after: Option<String>,
    limit: Option<usize>,
}

impl From<Listed> for ListParameters {
    fn from(Listed { subscription, ty, after, limit }: Listed) -> Self {
        Self { matches: DeadMatch { subscription, ty }, after, limit }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    ids: Option<Vec<String>>,
    subscription: Option<String>,
    #[serde(rename = "type")]
    ty: Option<String>,
    #[serde(default)]
    all: bool,
}

/// Which deliveries are to be changed.
#[derive(Debug)]
pub(crate) enum Selection {
    /// These.
    Ids(Vec<String>),
    /// Those that have this in common, or all.
    Matching(DeadMatch),
}

/// Reads a body: by ids, by what they have in common, or all; one of the three.
pub(crate) fn parse(body: &[u8], what: &str) -> Result<Selection, Problem> {
    let invalid = |error: String| Problem::new(StatusCode::BAD_REQUEST, "invalid-selection", error);
    let wanted: Wanted = serde_json::from_slice(body).map_err(|error| invalid(format!("the body is no selection of {what}: {error}")))?;
    let by_match = wanted.subscription.is_some() || wanted.ty.is_some();
    if usize::from(wanted.ids.is_some()) + usize::from(by_match) + usize::from(wanted.all) != 1 {
        return Err(invalid(format!("say which {what}: one of `ids`, `subscription` and `type`, or `all`")));
    }
    match wanted.ids {
        Some(ids) if ids.len() > SELECTED_MAX => Err(invalid(format!("{} ids are over the limit of {SELECTED_MAX} a call", ids.len()))),
        Some(ids) => Ok(Selection::Ids(ids)),
        None => Ok(Selection::Matching(DeadMatch { subscription: wanted.subscription, ty: wanted.ty })),
    }
}
