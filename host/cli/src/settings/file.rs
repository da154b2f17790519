//! `oyez.toml`: read, and taken apart into keys with their lines.

use super::keys;
use super::value::{Origin, Value};
use crate::error::{Failure, Result};
use std::borrow::Cow;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One key of the file.
#[derive(Debug)]
pub(super) struct Entry {
    /// Section and key: `server.listen`.
    pub(super) path: String,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// The file's text.
pub(super) fn read(path: &Path) -> Result<String> {
    let unreadable = |error| Failure::failed("settings-unreadable", format!("the settings cannot be read from `{}`: {error}", path.display()));
    std::fs::read_to_string(path).map_err(unreadable)
}

/// The keys in the order of the file, so that the first fault is the first that a reader meets.
pub(super) fn entries(path: &Path, text: &str, faults: &mut Vec<Failure>) -> Vec<Entry> {
    let file = File { path, text };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            faults.push(file.syntax(&error));
            return Vec::new();
        }
    };
    let mut entries = Vec::new();
    let policies = oyez::ceilings(text).unwrap_or_else(|error| {
        faults.push(Failure::failed(error.code, format!("{} {}", path.display(), error.message)));
        Vec::new()
    });
    for (section, body) in table.get_ref() {
        match body.get_ref().as_table() {
            Some(body) => file.keys(section.get_ref(), body, &mut entries),
            None => faults.push(keys::no_section(section.get_ref(), &file.value(body), &file.origin(section))),
        }
    }
    entries.sort_by_key(|(at, _)| *at);
    let mut entries: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
    // It is a list of tables, with keys of their own; what is wrong with it was told above.
    for entry in entries.iter_mut().filter(|entry| entry.path == "plugins.policy") {
        entry.value = Value::Policies(policies.clone());
    }
    entries
}

#[derive(Debug)]
struct File<'t> {
    path: &'t Path,
    text: &'t str,
}

impl File<'_> {
    /// The keys of a table, with those of the tables in it: `server.tls.cert`.
    fn keys(&self, prefix: &str, table: &DeTable<'_>, entries: &mut Vec<(usize, Entry)>) {
        for (key, value) in table {
            let path = format!("{prefix}.{}", key.get_ref());
            match value.get_ref().as_table().filter(|table| !table.is_empty()) {
                Some(table) => self.keys(&path, table, entries),
                None => entries.push((key.span().start, Entry { path, value: self.value(value), origin: self.origin(key) })),
            }
        }
    }

    fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or(self.text)
    }

    fn line(&self, at: usize) -> usize {
        self.before(at).matches('\n').count() + 1
    }

    fn origin(&self, key: &Spanned<Cow<'_, str>>) -> Origin {
        Origin::File { path: self.path.to_owned(), line: self.line(key.span().start) }
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Value {
        let list = |items: &[Spanned<DeValue<'_>>]| items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        let known = match value.get_ref() {
            DeValue::String(text) => Some(Value::Text(text.clone().into_owned())),
            DeValue::Array(items) => list(items).map(Value::List),
            _ => None,
        };
        let source = || self.text.get(value.span()).unwrap_or_default().lines().next().unwrap_or_default();
        known.unwrap_or_else(|| Value::Other(source().to_owned()))
    }

    fn syntax(&self, error: &toml::de::Error) -> Failure {
        let at = error.span().map_or(0, |span| span.start);
        let column = self.before(at).rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        let place = format!("{} line {}, column {column}", self.path.display(), self.line(at));
        Failure::failed("invalid-toml", format!("{place}: {}", error.message()))
    }
}
