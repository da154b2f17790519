//! Output for people: tables, and text cut to the terminal.

use crate::failure::Result;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// A line of our own output; a reader that is gone is no panic.
pub(crate) fn line(text: &str) -> Result<()> {
    writeln!(io::stdout().lock(), "{text}").map_err(Into::into)
}

/// A value as JSON, on one line.
pub(crate) fn json(value: &Value) -> Result<()> {
    line(&value.to_string())
}

/// Text that cannot move the cursor or colour the screen, whoever wrote it.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A field as plain text: nothing for what is not there.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

/// At most so many characters, with an ellipsis where some were cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width.saturating_sub(1)).chain(['…']).collect() }
}

/// How wide the terminal is; nothing where there is none, and so nothing to cut for.
pub(crate) fn width() -> Option<usize> {
    let size = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    size.filter(|_| io::stdout().is_terminal())
}

/// Rows under their heads, each column as wide as it must be.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let widest = |i: usize| rows.iter().map(|row| row[i].chars().count()).chain([heads[i].len()]).max().unwrap_or(0);
    let widths: Vec<_> = (0..heads.len()).map(widest).collect();
    let row = |cells: Vec<&str>| {
        let cells: Vec<_> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let text = cells.join("  ");
        let text = text.trim_end();
        width().map_or_else(|| text.to_owned(), |width| cut(text, width))
    };
    line(&row(heads.to_vec()))?;
    rows.iter().try_for_each(|cells| line(&row(cells.iter().map(String::as_str).collect())))
}
