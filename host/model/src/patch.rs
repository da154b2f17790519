//! What `describe` and the `.toml` say of a subscription, key by key: the second over the first, and both over the defaults.

use crate::{
    Backoff, Filter, OnDead, OnReturn, Ordering, Sequence, Start, SubscriptionName, SubscriptionSpec, Timestamp, UnitError, bounds, parse_duration,
    show_duration,
};
use std::time::Duration;

/// The keys of a subscription, by their names in the `.toml`.
const KEYS: &[&str] = &[
    "ordering",
    "concurrency",
    "start",
    "on_return",
    "on_dead",
    "retry.attempts",
    "retry.backoff",
    "retry.delay",
    "retry.delay_max",
    "retry.deadline",
    "was",
];

/// Some settings of one subscription; what is absent is left to the layer below.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionPatch {
    /// Which subscription.
    pub name: SubscriptionName,
    /// Its filters; an empty list takes every event.
    pub filters: Option<Vec<Filter>>,
    ordering: Option<Ordering>,
    concurrency: Option<usize>,
    start: Option<Start>,
    on_return: Option<OnReturn>,
    on_dead: Option<OnDead>,
    attempts: Option<u32>,
    backoff: Option<Backoff>,
    delay: Option<Duration>,
    delay_max: Option<Duration>,
    deadline: Option<Duration>,
}

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// A key that nobody knows.
    #[error("`{0}` is no setting of a subscription: use one of {keys}", keys = KEYS.join(", "))]
    UnknownKey(String),
    /// A value that the key does not take.
    #[error("`{key}` is `{value}`, but takes {expected}")]
    Value {
        /// The key.
        key: String,
        /// What it was given.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
    /// A duration that is none.
    #[error("`{key}`: {source}")]
    Unit {
        /// The key.
        key: String,
        /// What is wrong with it.
        source: UnitError,
    },
    /// Documented, and not built yet.
    #[error("`{key} = \"{value}\"` is not built yet: take it out")]
    NotYet {
        /// The key.
        key: String,
        /// Its value.
        value: String,
    },
    /// Nobody said what the subscription takes.
    #[error("the subscription `{0}` has no filters: give it some, or `filters = []` to take every event")]
    NoFilters(SubscriptionName),
}

impl PatchError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYet { .. } => "not-yet",
            Self::UnknownKey(_) => "unknown-key",
            _ => "invalid-setting",
        }
    }
}

impl SubscriptionPatch {
    /// A patch that says nothing but whom it is for.
    #[must_use]
    pub const fn new(name: SubscriptionName) -> Self {
        Self {
            name,
            filters: None,
            ordering: None,
            concurrency: None,
            start: None,
            on_return: None,
            on_dead: None,
            attempts: None,
            backoff: None,
            delay: None,
            delay_max: None,
            deadline: None,
        }
    }

    /// The keys that [`Self::set`] knows.
    #[must_use]
    pub const fn keys() -> &'static [&'static str] {
        KEYS
    }

    /// Sets one key, named as in the `.toml` (`retry.attempts`), from its value's text.
    ///
    /// # Errors
    /// An unknown key, a value that it does not take, a setting that is not built yet.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), PatchError> {
        let wrong = |expected| PatchError::Value { key: key.to_owned(), value: value.to_owned(), expected };
        let not_yet = || PatchError::NotYet { key: key.to_owned(), value: value.to_owned() };
        let duration = || parse_duration(value).map_err(|source| PatchError::Unit { key: key.to_owned(), source });
        let count = |max: u32| value.parse().ok().filter(|n| (1..=max).contains(n));
        match key {
            "ordering" => self.ordering = Some(ordering(value).ok_or_else(|| wrong("key, none or total"))?),
            "concurrency" => self.concurrency = Some(count(1_024).ok_or_else(|| wrong("a number from 1 to 1024"))? as usize),
            "start" => self.start = Some(start(value).ok_or_else(|| wrong("new, beginning, a sequence or an RFC 3339 time"))?),
            "on_return" => {
                self.on_return = Some(match value {
                    "resume" => OnReturn::Resume,
                    "new" => OnReturn::New,
                    _ => return Err(wrong("resume or new")),
                });
            }
            "on_dead" => match value {
                "continue" => self.on_dead = Some(OnDead::Continue),
                "park" => self.on_dead = Some(OnDead::Park),
                _ => return Err(wrong("continue or park")),
            },
            "retry.attempts" => self.attempts = Some(count(bounds::ATTEMPTS_MAX).ok_or_else(|| wrong("a number from 1 to 1000"))?),
            "retry.backoff" => self.backoff = Some(backoff(value).ok_or_else(|| wrong("exponential, linear or constant"))?),
            "retry.delay" => self.delay = Some(duration()?),
            "retry.delay_max" => self.delay_max = Some(duration()?),
            "retry.deadline" => self.deadline = Some(duration()?),
            "was" => return Err(not_yet()),
            _ => return Err(PatchError::UnknownKey(key.to_owned())),
        }
        Ok(())
    }

    /// What it sets, beside the filters: each key with its value, as [`Self::set`] takes them.
    #[must_use]
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let duration = |duration: Duration| show_duration(duration);
        let all = [
            ("ordering", self.ordering.map(|ordering| shown_ordering(ordering).to_owned())),
            ("concurrency", self.concurrency.map(|n| n.to_string())),
            ("start", self.start.map(shown_start)),
            ("on_return", self.on_return.map(|on_return| if on_return == OnReturn::New { "new" } else { "resume" }.to_owned())),
            ("on_dead", self.on_dead.map(|on_dead| if on_dead == OnDead::Park { "park" } else { "continue" }.to_owned())),
            ("retry.attempts", self.attempts.map(|n| n.to_string())),
            ("retry.backoff", self.backoff.map(|backoff| shown_backoff(backoff).to_owned())),
            ("retry.delay", self.delay.map(duration)),
            ("retry.delay_max", self.delay_max.map(duration)),
            ("retry.deadline", self.deadline.map(duration)),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// This patch with `over` laid over it.
    #[must_use]
    pub fn overlaid(self, over: Self) -> Self {
        Self {
            name: self.name,
            filters: over.filters.or(self.filters),
            ordering: over.ordering.or(self.ordering),
            concurrency: over.concurrency.or(self.concurrency),
            start: over.start.or(self.start),
            on_return: over.on_return.or(self.on_return),
            on_dead: over.on_dead.or(self.on_dead),
            attempts: over.attempts.or(self.attempts),
            backoff: over.backoff.or(self.backoff),
            delay: over.delay.or(self.delay),
            delay_max: over.delay_max.or(self.delay_max),
            deadline: over.deadline.or(self.deadline),
        }
    }

    /// The subscription that it describes, every absent key at its default.
    ///
    /// # Errors
    /// No layer said what it takes.
    pub fn resolve(self) -> Result<SubscriptionSpec, PatchError> {
        let Some(filters) = self.filters else { return Err(PatchError::NoFilters(self.name)) };
        let mut spec = SubscriptionSpec::new(self.name, filters);
        spec.ordering = self.ordering.unwrap_or(spec.ordering);
        spec.concurrency = self.concurrency.unwrap_or(spec.concurrency);
        spec.start = self.start.unwrap_or(spec.start);
        spec.on_return = self.on_return.unwrap_or(spec.on_return);
        spec.on_dead = self.on_dead.unwrap_or(spec.on_dead);
        spec.retry.attempts = self.attempts.unwrap_or(spec.retry.attempts);
        spec.retry.backoff = self.backoff.unwrap_or(spec.retry.backoff);
        spec.retry.delay = self.delay.unwrap_or(spec.retry.delay);
        spec.retry.delay_max = self.delay_max.unwrap_or(spec.retry.delay_max);
        spec.retry.deadline = self.deadline.or(spec.retry.deadline);
        Ok(spec)
    }
}

fn ordering(value: &str) -> Option<Ordering> {
    Some(match value {
        "key" => Ordering::Key,
        "none" => Ordering::None,
        "total" => Ordering::Total,
        _ => return None,
    })
}

const fn shown_ordering(ordering: Ordering) -> &'static str {
    match ordering {
        Ordering::Key => "key",
        Ordering::None => "none",
        Ordering::Total => "total",
    }
}

const fn shown_backoff(backoff: Backoff) -> &'static str {
    match backoff {
        Backoff::Exponential => "exponential",
        Backoff::Linear => "linear",
        Backoff::Constant => "constant",
    }
}

fn shown_start(start: Start) -> String {
    match start {
        Start::New => "new".to_owned(),
        Start::Beginning => "beginning".to_owned(),
        Start::At(sequence) => sequence.to_string(),
        Start::Since(time) => time.to_rfc3339(),
    }
}

fn backoff(value: &str) -> Option<Backoff> {
    Some(match value {
        "exponential" => Backoff::Exponential,
        "linear" => Backoff::Linear,
        "constant" => Backoff::Constant,
        _ => return None,
    })
}

fn start(value: &str) -> Option<Start> {
    match value {
        "new" => return Some(Start::New),
        "beginning" => return Some(Start::Beginning),
        _ => {}
    }
    if let Ok(sequence) = value.parse::<u64>() {
        return (sequence <= bounds::SEQUENCE_MAX).then_some(Start::At(Sequence(sequence)));
    }
    Timestamp::parse(value).map(Start::Since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(keys: &[(&str, &str)]) -> Result<SubscriptionPatch, PatchError> {
        let mut patch = SubscriptionPatch::new(SubscriptionName::new("on-order").unwrap());
        keys.iter().try_for_each(|(key, value)| patch.set(key, value))?;
        Ok(patch)
    }

    #[test]
    fn the_toml_has_the_last_word_key_by_key() {
        let mut said = patch(&[("ordering", "total"), ("retry.attempts", "9")]).unwrap();
        said.filters = Some(vec![]);
        let spec = said.overlaid(patch(&[("retry.attempts", "2"), ("start", "beginning")]).unwrap()).resolve().unwrap();
        assert_eq!((spec.ordering, spec.retry.attempts, spec.start, spec.concurrency), (Ordering::Total, 2, Start::Beginning, 8));
    }

    #[test]
    fn what_was_set_is_shown_as_it_is_set() {
        let keys = [
            ("ordering", "none"),
            ("concurrency", "3"),
            ("start", "2026-01-01T00:00:00Z"),
            ("on_return", "new"),
            ("on_dead", "park"),
            ("retry.attempts", "2"),
            ("retry.backoff", "linear"),
            ("retry.delay", "250ms"),
            ("retry.delay_max", "5m"),
            ("retry.deadline", "2h"),
        ];
        let whole = patch(&keys).unwrap();
        let shown = whole.options();
        assert_eq!(shown.len(), SubscriptionPatch::keys().len() - 1, "all but `was`, which is not built yet");
        let again: Vec<_> = shown.iter().map(|(key, value)| (*key, value.as_str())).collect();
        assert_eq!((patch(&again).unwrap(), again[0], again[1]), (whole, keys[0], keys[1]));
        assert!(patch(&[]).unwrap().options().is_empty());
    }

    #[test]
    fn no_filters_from_either_layer_is_an_error() {
        assert!(matches!(patch(&[]).unwrap().resolve(), Err(PatchError::NoFilters(_))));
    }

    #[test]
    fn every_bad_value_is_refused() {
        let code = |key, value| patch(&[(key, value)]).unwrap_err().code();
        for (key, value) in [("ordering", "Key"), ("concurrency", "0"), ("concurrency", "x"), ("start", "soon"), ("retry.delay", "1")] {
            assert_eq!(code(key, value), "invalid-setting", "{key} = {value}");
        }
        assert_eq!(code("retries", "1"), "unknown-key");
        assert!(matches!(patch(&[("start", "2026-01-01T00:00:00Z")]).unwrap().start, Some(Start::Since(_))));
    }
}
