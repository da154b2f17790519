//! Typed reading of TOML, where each fault is noted with its place and reading goes on.

use super::Problem;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Every table of a `.toml`, by its path, and its keys.
const TABLES: &[(&str, &[&str])] = &[
    ("", &["name", "component", "paused", "instance", "subscription", "limits", "grants", "config", "secrets"]),
    ("subscription", &["name", "filters", "ordering", "concurrency", "start", "on_return", "retry", "was"]),
    ("subscription.retry", &["attempts", "backoff", "delay", "delay_max", "deadline", "on_dead"]),
    ("limits", &["cpu", "time", "memory", "emissions", "emission_bytes", "state_bytes", "http_requests", "http_bytes"]),
    ("plugins.policy", &["match", "grants", "limits"]),
    ("grants", &["http", "state", "environment", "secrets", "sources", "clock", "random"]),
];
/// How alike two keys must be for the one to be meant by the other, from 0 to 1.
const ALIKE_MIN: f64 = 0.7;
/// How much of a wrong value is shown, in characters.
const SHOWN_MAX: usize = 60;

pub(super) type Key<'i> = Spanned<Cow<'i, str>>;
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// The key's text.
pub(super) fn name_of<'k>(key: &'k Key<'_>) -> &'k str {
    key.get_ref()
}

/// What was wrong so far.
pub(super) struct Check<'t> {
    text: &'t str,
    problems: Vec<(usize, Problem)>,
}

impl<'t> Check<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, problems: Vec::new() }
    }

    /// The first problem by its place in the text.
    pub(super) fn first(&self) -> Option<Problem> {
        self.problems.iter().min_by_key(|(at, _)| *at).map(|(_, problem)| problem.clone())
    }

    /// A fault of the syntax.
    pub(super) fn syntax(&self, error: &toml::de::Error) -> Problem {
        let at = error.span().map_or(0, |span| span.start);
        let column = self.before(at).rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        Problem { code: "invalid-toml", message: format!("line {}, column {column}: {}", self.line(at), error.message()) }
    }

    fn before(&self, at: usize) -> &'t str {
        self.text.get(..at).unwrap_or(self.text)
    }

    fn line(&self, at: usize) -> usize {
        self.before(at).matches('\n').count() + 1
    }

    /// Notes a problem at a byte of the text. There is never a value to go on with.
    pub(super) fn fail<T>(&mut self, at: usize, code: &'static str, message: impl AsRef<str>) -> Option<T> {
        let message = format!("line {}: {}", self.line(at), message.as_ref());
        self.problems.push((at, Problem { code, message }));
        None
    }

    /// A value that its key does not take.
    pub(super) fn wrong<T>(&mut self, path: &str, value: &Value<'_>, expected: &str) -> Option<T> {
        let source = self.text.get(value.span()).unwrap_or_default();
        let shown: String = source.lines().next().unwrap_or_default().chars().take(SHOWN_MAX).collect();
        self.fail(value.span().start, "invalid-setting", format!("`{path}` is `{shown}`, but takes {expected}"))
    }

    /// Documented, and not built yet.
    pub(super) fn not_yet(&mut self, at: usize, what: &str) {
        self.fail::<()>(at, "not-yet", format!("`{what}` is not built yet: take it out"));
    }

    /// A key that the table does not have.
    pub(super) fn unknown(&mut self, table: &str, key: &Key<'_>) {
        let name = name_of(key);
        let path = if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") };
        let keys = TABLES.iter().find(|(known, _)| *known == table).map_or(&[][..], |(_, keys)| keys);
        let nearest = keys.iter().map(|known| (strsim::jaro_winkler(known, name), known)).max_by(|a, b| a.0.total_cmp(&b.0));
        let elsewhere = TABLES.iter().find(|(_, keys)| keys.contains(&name));
        let way_out = match (elsewhere, nearest) {
            (Some(("", _)), _) => "it stands above every table".to_owned(),
            (Some((there, _)), _) => format!("it stands under `[{there}]`"),
            (None, Some((likeness, known))) if likeness >= ALIKE_MIN => format!("did you mean `{known}`?"),
            _ => format!("use one of {}", keys.join(", ")),
        };
        self.fail::<()>(key.span().start, "unknown-key", format!("there is no key `{path}`: {way_out}"));
    }

    pub(super) fn text(&mut self, path: &str, value: &Value<'_>, expected: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.or_else(|| self.wrong(path, value, expected))
    }

    pub(super) fn boolean(&mut self, path: &str, value: &Value<'_>) -> Option<bool> {
        value.get_ref().as_bool().or_else(|| self.wrong(path, value, "true or false"))
    }

    /// A table's entries; of what is no table, none.
    pub(super) fn table<'v, 'i>(&mut self, path: &str, value: &'v Value<'i>) -> impl Iterator<Item = (&'v Key<'i>, &'v Value<'i>)> + use<'v, 'i> {
        let table: Option<&DeTable<'i>> = value.get_ref().as_table();
        if table.is_none() {
            self.wrong::<()>(path, value, "a table");
        }
        table.into_iter().flatten()
    }

    pub(super) fn integer(&mut self, path: &str, value: &Value<'_>, expected: &str) -> Option<i64> {
        integer(value.get_ref()).or_else(|| self.wrong(path, value, expected))
    }
}

/// A whole number in any of TOML's notations.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    value.as_integer().and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok())
}
