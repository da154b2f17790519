//! What the API answers, as far as people are shown it. What machines get is passed on as it came.

use crate::client::unexpected;
use crate::error::Result;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<N> {
    pub(crate) items: Vec<Box<RawValue>>,
    pub(crate) next: Option<N>,
}

/// An event with its place.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) sequence: u64,
    pub(crate) accepted: String,
    pub(crate) event: Event,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) source: String,
    #[serde(rename = "type")]
    pub(crate) ty: String,
    pub(crate) subject: Option<String>,
    pub(crate) data: Option<Box<RawValue>>,
    pub(crate) data_base64: Option<Box<RawValue>>,
}

/// What became of an event that was sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) sequence: u64,
    pub(crate) duplicate: bool,
}

/// Reads what a host answered.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| unexpected(&format!("the answer is not what a host says ({error})")))
}

impl Event {
    /// The data on one line, as its JSON text.
    pub(crate) fn data_line(&self) -> String {
        self.data.as_ref().or(self.data_base64.as_ref()).map_or_else(String::new, |data| one_line(data.get()))
    }
}

/// JSON on one line: without the white space between its tokens, and otherwise as it is, numbers and all.
pub(crate) fn one_line(json: &str) -> String {
    let (mut line, mut quoted, mut escaped) = (String::with_capacity(json.len()), false, false);
    for c in json.chars() {
        if !quoted && matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        line.push(c);
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_on_one_line_keeps_every_token() {
        let json = "{ \"a b\" : [ 1.10,\r\n\t12345678901234567890123 ],\n \"q\\\" \\\\\" : \" \" }";
        assert_eq!(one_line(json), r#"{"a b":[1.10,12345678901234567890123],"q\" \\":" "}"#);
    }
}
