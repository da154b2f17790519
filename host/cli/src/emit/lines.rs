//! Events from a file, one a line, in batches. A bad line is named, and what came before it is accepted.

use super::EVENTS;
use crate::client::Client;
use crate::error::{Failure, Result};
use crate::output::Out;
use crate::wire::{self, Receipt};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::value::RawValue;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

const BATCH: &str = "application/cloudevents-batch+json";
/// The host's own limit.
const BATCH_EVENTS_MAX: usize = 500;
/// Half of what a body may have.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// No event is as long.
const LINE_BYTES_MAX: usize = 8 << 20;

/// An event as text, and the line that it stands on.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    number: usize,
    json: String,
}

/// Lines in, batches out.
#[derive(Debug)]
struct Batches<R> {
    reader: R,
    number: usize,
    /// What did not fit into the last batch.
    waiting: Option<Line>,
}

/// How far it is.
#[derive(Debug, Default)]
struct Sent {
    accepted: u64,
    duplicates: u64,
}

/// Sends every event of a file.
pub(super) fn emit(client: &Client, file: &Path, out: &mut Out) -> Result<()> {
    let unreadable = |error| Failure::failed("input-unreadable", format!("`{}` cannot be read: {error}", file.display()));
    let (reader, length): (Box<dyn Read>, _) = if file == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(file).map_err(unreadable)?;
        let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
        (Box::new(file), length)
    };
    let bar = bar(length);
    let mut batches = Batches { reader: BufReader::new(bar.wrap_read(reader)), number: 0, waiting: None };
    let mut sent = Sent::default();
    while let Some((batch, bad)) = batches.next() {
        let done = send(client, &batch, &mut sent, out).and_then(|()| bad.map_or(Ok(()), Err));
        done.map_err(|failure| failure.in_context(|message| sent.and_now(message)))?;
        bar.set_message(format!("{} events", sent.accepted + sent.duplicates));
    }
    bar.finish_and_clear();
    if out.json { Ok(()) } else { out.line(&format!("accepted {}, duplicates {}", sent.accepted, sent.duplicates)) }
}

/// On standard error, if that is a terminal.
fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:40} {percent}% {msg}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("the template is valid")).with_message("0 events")
}

fn send(client: &Client, batch: &[Line], sent: &mut Sent, out: &mut Out) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    match post(client, batch) {
        Ok(receipts) => receipts.iter().try_for_each(|receipt| sent.count(receipt, out)),
        // A batch is all or nothing: one by one, the bad one is found, and those before it are taken.
        Err(failure) if batch.len() > 1 && failure.code() != "host-unreachable" => {
            batch.iter().try_for_each(|line| send(client, std::slice::from_ref(line), sent, out))
        }
        Err(failure) => Err(failure.in_context(|message| format!("line {}: {message}", batch[0].number))),
    }
}

fn post(client: &Client, batch: &[Line]) -> Result<Vec<Box<RawValue>>> {
    let events: Vec<_> = batch.iter().map(|line| line.json.as_str()).collect();
    wire::read(&client.post(EVENTS, BATCH, format!("[{}]", events.join(",")).as_bytes())?)
}

impl Sent {
    fn count(&mut self, receipt: &RawValue, out: &mut Out) -> Result<()> {
        let Receipt { duplicate, .. } = wire::read(receipt.get())?;
        *(if duplicate { &mut self.duplicates } else { &mut self.accepted }) += 1;
        if out.json { out.line(receipt.get()) } else { Ok(()) }
    }

    /// What to do about it: sending all again is safe, for what was accepted is known by its id.
    fn and_now(&self, message: &str) -> String {
        let before = self.accepted + self.duplicates;
        format!("{message} (accepted before it: {before}; put it right and run this again: what was accepted is a duplicate then)")
    }
}

impl<R: BufRead> Batches<R> {
    /// The next batch, and what ends it early. Nothing: all was read.
    fn next(&mut self) -> Option<(Vec<Line>, Option<Failure>)> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_EVENTS_MAX {
            let line = match self.waiting.take().map_or_else(|| self.line(), |line| Ok(Some(line))) {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(failure) => return Some((batch, Some(failure))),
            };
            bytes += line.json.len() + 1;
            if !batch.is_empty() && bytes > BATCH_BYTES_MAX {
                self.waiting = Some(line);
                break;
            }
            batch.push(line);
        }
        (!batch.is_empty()).then_some((batch, None))
    }

    /// The next line that has something on it.
    fn line(&mut self) -> Result<Option<Line>> {
        loop {
            self.number += 1;
            let number = self.number;
            let bad = |code: &'static str, what: String| Failure::failed(code, format!("line {number}: {what}"));
            let mut bytes = Vec::new();
            let read = self.reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes);
            match read.map_err(|error| bad("input-unreadable", format!("it cannot be read: {error}")))? {
                0 => return Ok(None),
                length if length > LINE_BYTES_MAX => {
                    return Err(bad("event-too-large", format!("it is longer than {LINE_BYTES_MAX} bytes: is there one event on each line?")));
                }
                _ => {}
            }
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let json: Box<RawValue> = serde_json::from_slice(&bytes).map_err(|error| bad("malformed-json", format!("it is not JSON: {error}")))?;
            return Ok(Some(Line { number, json: json.get().to_owned() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(text: &[u8]) -> Vec<(Vec<usize>, Option<String>)> {
        let mut batches = Batches { reader: text, number: 0, waiting: None };
        let mut found = Vec::new();
        while let Some((batch, bad)) = batches.next() {
            let stop = bad.is_some();
            found.push((batch.iter().map(|line| line.number).collect(), bad.map(|failure| failure.to_string())));
            if stop {
                break;
            }
        }
        found
    }

    #[test]
    fn a_batch_has_no_more_events_than_the_host_takes() {
        let text = "{}\n".repeat(1_001);
        let lengths: Vec<_> = batches(text.as_bytes()).iter().map(|(batch, _)| batch.len()).collect();
        assert_eq!(lengths, [500, 500, 1]);
    }

    #[test]
    fn a_batch_has_no_more_bytes_than_its_share() {
        let line = format!("\"{}\"\n", "x".repeat(3 << 20));
        let found = batches(line.repeat(5).as_bytes());
        assert_eq!(found.into_iter().map(|(batch, _)| batch).collect::<Vec<_>>(), [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn empty_lines_count_and_carry_nothing() {
        assert_eq!(batches(b"\n{}\r\n  \n{\"a\":1}"), [(vec![2, 4], None)]);
        assert!(batches(b"").is_empty() && batches(b"\n\n").is_empty());
    }

    #[test]
    fn a_bad_line_is_named_after_what_came_before_it() {
        let found = batches(b"{}\n\n{]\n{}\n");
        assert_eq!(found.len(), 1);
        let (batch, bad) = &found[0];
        assert_eq!(batch, &[1]);
        assert!(bad.as_ref().is_some_and(|bad| bad.starts_with("error[malformed-json]: line 3: ")), "{bad:?}");
    }

    #[test]
    fn a_line_without_end_is_not_read_for_ever() {
        let (_, bad) = batches(&vec![b' '; LINE_BYTES_MAX + 2]).remove(0);
        assert!(bad.is_some_and(|bad| bad.starts_with("error[event-too-large]: line 1: ")));
    }
}
