//! What a guest prints and logs: bounded, told line by line, and the place to look for its last words.

use tracing::Level;

/// What is kept of one call, in bytes.
pub(crate) const KEPT_BYTES_MAX: usize = 16 << 10;
/// The same in lines.
pub(crate) const KEPT_LINES_MAX: usize = 500;
/// What of the last errors is looked at for the reason of a trap, in bytes.
const LAST_BYTES_MAX: usize = 2 << 10;

/// Where a guest writes bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Channel {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Bytes up to the end of their line.
#[derive(Debug, Default)]
struct Partial(Vec<u8>);

/// What one call said, in its order.
#[derive(Debug, Default)]
pub(crate) struct Output {
    lines: Vec<(Level, String)>,
    kept: usize,
    lost: usize,
    out: Partial,
    err: Partial,
    last: Vec<u8>,
}

impl Output {
    /// Takes what the guest writes; the bytes over the limit are counted only.
    pub(crate) fn write(&mut self, channel: Channel, bytes: &[u8]) {
        if matches!(channel, Channel::Err) {
            self.remember(bytes);
        }
        let room = self.keep(bytes.len());
        let partial = match channel {
            Channel::Out => &mut self.out,
            Channel::Err => &mut self.err,
        };
        partial.0.extend_from_slice(&bytes[..room]);
        while let Some(end) = partial.0.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = partial.0.drain(..=end).collect();
            Self::line(&mut self.lines, &mut self.lost, Level::INFO, text(&line));
        }
    }

    /// Takes a line of `wasi:logging`.
    pub(crate) fn log(&mut self, level: Level, context: &str, message: &str) {
        let mut line = if context.is_empty() { message.to_owned() } else { format!("{context}: {message}") };
        let room = self.keep(line.len());
        line.truncate(line.floor_char_boundary(room));
        if !line.is_empty() {
            Self::line(&mut self.lines, &mut self.lost, level, line);
        }
    }

    /// Keeps a line, or counts it.
    fn line(lines: &mut Vec<(Level, String)>, lost: &mut usize, level: Level, line: String) {
        if lines.len() < KEPT_LINES_MAX {
            lines.push((level, line));
        } else {
            *lost += line.len() + 1;
        }
    }

    /// How much of so many bytes is kept.
    fn keep(&mut self, bytes: usize) -> usize {
        let room = bytes.min(KEPT_BYTES_MAX - self.kept);
        self.kept += room;
        self.lost += bytes - room;
        room
    }

    /// Apart from what is kept: a guest that has said much must still be heard when it dies.
    fn remember(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(LAST_BYTES_MAX)..]);
        let over = self.last.len().saturating_sub(LAST_BYTES_MAX);
        self.last.drain(..over);
    }

    /// What a guest said on standard error before it died: a panic's message with its place, else its last three lines.
    pub(crate) fn last_words(&self) -> Option<String> {
        let said = text(&self.last);
        let advice = |line: &str| line.starts_with("note: run with `RUST_BACKTRACE");
        let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty() && !advice(line)).collect();
        let panic = lines.iter().rposition(|line| line.contains(" panicked at "));
        let words = lines[panic.unwrap_or(lines.len().saturating_sub(3))..].join(" ");
        Some(words).filter(|words| !words.is_empty())
    }

    /// Every line, and how many bytes were lost.
    pub(crate) fn into_lines(mut self) -> (Vec<(Level, String)>, usize) {
        for rest in [std::mem::take(&mut self.out.0), std::mem::take(&mut self.err.0)] {
            if !rest.is_empty() {
                Self::line(&mut self.lines, &mut self.lost, Level::INFO, text(&rest));
            }
        }
        (self.lines, self.lost)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_found_behind_a_flood() {
        let panic = b"\nthread '<unnamed>' panicked at src/lib.rs:7:9:\nno such order: 42\nnote: run with `RUST_BACKTRACE=1`\n";
        let mut output = Output::default();
        output.write(Channel::Out, &[b'x'; 20_000]);
        output.write(Channel::Err, panic);
        let words = output.last_words().unwrap();
        assert_eq!(words, "thread '<unnamed>' panicked at src/lib.rs:7:9: no such order: 42");
        let (lines, lost) = output.into_lines();
        assert_eq!(lines[0].1.len() + lost, 20_000 + panic.len());
    }

    #[test]
    fn lines_are_cut_where_the_guest_cuts_them() {
        let mut output = Output::default();
        output.write(Channel::Out, b"a");
        output.write(Channel::Err, b"x\ny");
        output.write(Channel::Out, b"b\nc\n");
        output.log(Level::WARN, "db", "slow");
        let lines: Vec<String> = output.into_lines().0.into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["x", "ab", "c", "db: slow", "y"]);
    }
}
