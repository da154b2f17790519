//! Standard output: JSON for machines, lines and tables for people. A pipe that closes ends a command quietly.

use crate::error::{Failure, Result};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, StdoutLock, Write};
use terminal_size::{Width, terminal_size_of};

/// How wide text is where nobody says: a pipe, a file.
const WIDTH_DEFAULT: usize = 80;

/// Where a command prints.
#[derive(Debug)]
pub(crate) struct Out {
    stdout: StdoutLock<'static>,
    /// For machines.
    pub(crate) json: bool,
    /// Of the terminal; nothing if it is none, and lines are not cut.
    width: Option<usize>,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        let stdout = io::stdout().lock();
        let width = terminal_size_of(&stdout).map(|(Width(columns), _)| columns.into()).filter(|_| stdout.is_terminal());
        Self { stdout, json, width }
    }

    /// One line, whole.
    pub(crate) fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self.stdout, "{line}").and_then(|()| self.stdout.flush()).map_err(|error| Failure::output(&error))
    }

    /// One line, cut to the terminal's width.
    pub(crate) fn cut_line(&mut self, line: &str) -> Result<()> {
        match self.width {
            Some(width) => self.line(&cut(line, width)),
            None => self.line(line),
        }
    }

    /// Rows below a head, in columns; lines are cut to the terminal's width.
    pub(crate) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) -> Result<()> {
        table(head, rows).iter().try_for_each(|line| self.cut_line(line))
    }

    /// Text wrapped at the terminal's width, 80 where there is none, each line behind a margin.
    pub(crate) fn wrapped(&mut self, text: &str, margin: &str) -> Result<()> {
        let width = self.width.unwrap_or(WIDTH_DEFAULT).min(WIDTH_DEFAULT + 20);
        wrap(text, width.saturating_sub(margin.len())).iter().try_for_each(|line| self.line(&format!("{margin}{line}")))
    }
}

/// Text of others, with what would steer a terminal made visible.
pub(crate) fn shown(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// The text, at most so many characters of it, with `…` where some are missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A span of time in the unit that suits it.
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn span(nanos: u64) -> String {
    let n = nanos as f64;
    match nanos {
        0..1_000_000 => format!("{:.0} µs", n / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", n / 1e6),
        _ => format!("{:.2} s", n / 1e9),
    }
}

/// A size to three digits: exact sizes are for machines.
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn size(bytes: u64) -> String {
    let n = bytes as f64;
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..1_048_576 => format!("{:.0} KiB", n / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", n / 1_048_576.0),
        _ => format!("{:.2} GiB", n / 1_073_741_824.0),
    }
}

/// A time to the millisecond: `2026-11-21T07:08:09.123Z`.
pub(crate) fn moment(time: &str) -> String {
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    format!("{seconds}.{:0<3}Z", fraction.get(..3).unwrap_or(fraction))
}

/// The first twelve digits of a version, by which people tell builds apart.
pub(crate) fn short(version: &str) -> &str {
    version.get(..12).unwrap_or(version)
}

fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let head = head.map(str::to_owned);
    let widths: [usize; N] = std::array::from_fn(|i| rows.iter().chain([&head]).map(|row| row[i].chars().count()).max().unwrap_or(0));
    let line = |row: &[String; N]| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        line.trim_end().to_owned()
    };
    [&head].into_iter().chain(rows).map(line).collect()
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line from the start");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_made_visible() {
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        assert_eq!(shown("Grüße 東京"), "Grüße 東京");
    }

    #[test]
    fn lines_are_cut_between_characters() {
        assert_eq!(cut("Grüße", 5), "Grüße");
        assert_eq!(cut("Grüße!", 5), "Grüß…");
        assert_eq!(cut("x", 0), "…");
    }

    #[test]
    fn sizes_and_spans_are_shown_in_the_unit_that_suits_them() {
        assert_eq!([0, 9_999, 125_243, 64 << 20, 3 << 30].map(size), ["0 B", "9999 B", "122 KiB", "64.0 MiB", "3.00 GiB"]);
        assert_eq!([20_000, 1_500_000, 2_000_000_000].map(span), ["20 µs", "1.5 ms", "2.00 s"]);
    }

    #[test]
    fn times_are_shown_to_the_millisecond() {
        assert_eq!(moment("2026-11-21T07:08:09Z"), "2026-11-21T07:08:09.000Z");
        assert_eq!(moment("2026-11-21T07:08:09.5Z"), "2026-11-21T07:08:09.500Z");
    }

    #[test]
    fn columns_stand_below_their_heads() {
        let rows = [["a".to_owned(), String::new()], ["long".to_owned(), "x".to_owned()]];
        assert_eq!(table(["n", "why"], &rows), ["n     why", "a", "long  x"]);
    }

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 4), ["incomprehensible"]);
    }
}
