//! Filters: which events a subscription takes. Dialects by the names of the CloudEvents Subscriptions API.

use minicbor::{Decode, Encode};
use oyez_event::Event;

/// One test of one attribute. An attribute that an event lacks matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Clause {
    /// The attribute's name, extensions included: `type`, `source`, `subject`, …
    #[n(0)]
    pub attribute: String,
    /// What it is held against: case matters; never empty.
    #[n(1)]
    pub value: String,
}

/// A filter; a subscription takes an event for which all of its filters hold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum Filter {
    /// Each attribute equals the value.
    #[n(0)]
    Exact(#[n(0)] Vec<Clause>),
    /// Each attribute begins with the value.
    #[n(1)]
    Prefix(#[n(0)] Vec<Clause>),
    /// Each attribute ends with the value.
    #[n(2)]
    Suffix(#[n(0)] Vec<Clause>),
}

/// Why a filter was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A dialect that is documented and not built yet.
    #[error("the filter dialect `{0}` is not built yet: use `exact`, `prefix` or `suffix`")]
    NotYet(String),
    /// A dialect that nobody knows.
    #[error("`{0}` is no filter dialect: use `exact`, `prefix` or `suffix`")]
    Unknown(String),
    /// No clause.
    #[error("the filter `{0}` tests nothing: give it an attribute and a value, such as `{{ type = \"shop.order.placed.v1\" }}`")]
    Empty(&'static str),
    /// A name that no attribute can have.
    #[error("`{0}` is no attribute: names are lower-case letters and digits")]
    Attribute(String),
    /// The empty text, which would match all or nothing.
    #[error("the filter on `{0}` has an empty value: give it a text, or take the filter out")]
    Value(String),
}

impl FilterError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        if matches!(self, Self::NotYet(_)) { "not-yet" } else { "invalid-filter" }
    }
}

impl Filter {
    /// A filter of a dialect by its name, checked.
    ///
    /// # Errors
    /// A dialect unknown or not built, no clause, a name or value that cannot be.
    pub fn new(dialect: &str, clauses: Vec<(String, String)>) -> Result<Self, FilterError> {
        let (make, name): (fn(Vec<Clause>) -> Self, _) = match dialect {
            "exact" => (Self::Exact, "exact"),
            "prefix" => (Self::Prefix, "prefix"),
            "suffix" => (Self::Suffix, "suffix"),
            "sql" | "cesql" | "all" | "any" | "not" | "data" | "json" => return Err(FilterError::NotYet(dialect.to_owned())),
            _ => return Err(FilterError::Unknown(dialect.to_owned())),
        };
        if clauses.is_empty() {
            return Err(FilterError::Empty(name));
        }
        clauses.into_iter().map(|(attribute, value)| check(attribute, value)).collect::<Result<_, _>>().map(make)
    }

    /// Whether it holds for this event.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        let (clauses, test): (_, fn(&str, &str) -> bool) = match self {
            Self::Exact(clauses) => (clauses, |have, want| have == want),
            Self::Prefix(clauses) => (clauses, |have, want| have.starts_with(want)),
            Self::Suffix(clauses) => (clauses, |have, want| have.ends_with(want)),
        };
        clauses.iter().all(|c| event.attribute(&c.attribute).is_some_and(|have| test(&have, &c.value)))
    }

    /// The one type that it takes, if it takes one only: what an index of subscriptions by type is made of.
    #[must_use]
    pub fn exact_type(&self) -> Option<&str> {
        let Self::Exact(clauses) = self else { return None };
        clauses.iter().find(|c| c.attribute == "type").map(|c| c.value.as_str())
    }

    /// Its dialect's name and its clauses.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &[Clause]) {
        match self {
            Self::Exact(clauses) => ("exact", clauses),
            Self::Prefix(clauses) => ("prefix", clauses),
            Self::Suffix(clauses) => ("suffix", clauses),
        }
    }
}

fn check(attribute: String, value: String) -> Result<Clause, FilterError> {
    if attribute.is_empty() || !attribute.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err(FilterError::Attribute(attribute));
    }
    if value.is_empty() {
        return Err(FilterError::Value(attribute));
    }
    Ok(Clause { attribute, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(dialect: &str, clauses: &[(&str, &str)]) -> Result<Filter, FilterError> {
        Filter::new(dialect, clauses.iter().map(|(a, v)| ((*a).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn all_clauses_of_a_filter_must_hold() {
        let event = Event::new("1", "/shops/berlin", "shop.order.placed.v1").unwrap().with_subject("o-1").unwrap();
        let check = |dialect, clauses, expect| assert_eq!(filter(dialect, clauses).unwrap().matches(&event), expect, "{dialect} {clauses:?}");
        check("exact", &[("type", "shop.order.placed.v1")], true);
        check("exact", &[("type", "shop.order.placed.v1"), ("subject", "o-2")], false);
        check("prefix", &[("type", "shop."), ("source", "/shops/")], true);
        check("suffix", &[("type", ".v2")], false);
        check("exact", &[("tenant", "a")], false);
    }

    #[test]
    fn what_is_not_built_says_so() {
        assert_eq!(filter("sql", &[]).unwrap_err().code(), "not-yet");
        assert_eq!(filter("regex", &[("type", "a")]).unwrap_err().code(), "invalid-filter");
        assert!(filter("exact", &[]).is_err());
        assert!(filter("exact", &[("Type", "a")]).is_err());
        assert!(filter("exact", &[("type", "")]).is_err());
    }
}
