//! TOML with places: each key is asked for by name, and what nobody asked for is an error that names it and the nearest known one.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a `.toml`, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Wrong {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// A value, with the text that it stands in, for its line.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) text: &'a str,
    pub(crate) path: &'a str,
    pub(crate) value: &'a Spanned<DeValue<'a>>,
}

/// The line of a place, from 1.
pub(crate) fn line(text: &str, span: &Range<usize>) -> usize {
    text[..span.start.min(text.len())].bytes().filter(|byte| *byte == b'\n').count() + 1
}

pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Refuses every key that is not known.
pub(crate) fn only_known(text: &str, path: &str, table: &DeTable<'_>, known: &[&str]) -> Result<(), Wrong> {
    let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) else { return Ok(()) };
    let name: &str = key.get_ref().as_ref();
    let nearest = known.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    let near = nearest.filter(|near| strsim::jaro_winkler(near, name) > 0.7);
    let way_out = near.map_or_else(|| format!("use one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    let (full, line) = (join(path, name), line(text, &key.span()));
    Err(Wrong { code: "unknown-key", message: format!("line {line}: `{full}` is no key: {way_out}") })
}

impl<'a> Value<'a> {
    pub(crate) fn wrong(self, expected: &str) -> Wrong {
        let shown = match self.value.get_ref() {
            DeValue::String(text) => format!("\"{text}\""),
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(is) => is.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.refused("invalid-setting", &format!("is {shown}, but takes {expected}"))
    }

    pub(crate) fn not_yet(self, what: &str) -> Wrong {
        self.refused("not-yet", &format!("{what} is documented and not built yet: take it out"))
    }

    pub(crate) fn refused(self, code: &'static str, what: &str) -> Wrong {
        Wrong { code, message: format!("line {}: `{}` {what}", line(self.text, &self.value.span()), self.path) }
    }

    pub(crate) fn string(self) -> Result<&'a str, Wrong> {
        if let DeValue::String(text) = self.value.get_ref() { Ok(text) } else { Err(self.wrong("a text")) }
    }

    pub(crate) fn boolean(self) -> Result<bool, Wrong> {
        self.value.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    pub(crate) fn table(self) -> Result<&'a DeTable<'a>, Wrong> {
        if let DeValue::Table(table) = self.value.get_ref() { Ok(table) } else { Err(self.wrong("a table")) }
    }

    pub(crate) fn list(self) -> Result<Vec<&'a Spanned<DeValue<'a>>>, Wrong> {
        if let DeValue::Array(list) = self.value.get_ref() { Ok(list.iter().collect()) } else { Err(self.wrong("a list")) }
    }

    /// A value that is one text, number, truth or time, as text.
    pub(crate) fn scalar(self) -> Result<String, Wrong> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref().to_owned()),
            DeValue::Integer(number) => Ok(number.as_str().to_owned()),
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Boolean(is) => Ok(is.to_string()),
            DeValue::Datetime(time) => Ok(time.to_string()),
            DeValue::Array(_) | DeValue::Table(_) => Err(self.wrong("a text or a number")),
        }
    }
}
