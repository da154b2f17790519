//! `oyez emit`.

use crate::args::EmitOptions;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::print;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};

/// Events and bytes of one request: within what the host takes.
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 8 << 20;

pub(crate) fn emit(client: &Client, options: EmitOptions, json: bool) -> Result<()> {
    if let Some(file) = &options.file {
        return many(client, file, json);
    }
    let (headers, body) = one(options)?;
    let receipt = client.post("/", &headers, &body)?;
    if json { print::json(&receipt) } else { print::line(&told(&receipt)) }
}

fn told(receipt: &Value) -> String {
    let what = if receipt["duplicate"] == true { "duplicate of" } else { "accepted as" };
    format!("{what} {}", receipt["sequence"])
}

/// Headers, and a body.
type Message = (Vec<(String, String)>, Vec<u8>);

/// The event in binary mode, so that the data stays as it was given.
fn one(options: EmitOptions) -> Result<Message> {
    let id = options.id.unwrap_or_else(|| format!("{:032x}", fastrand::u128(..)));
    let mut headers = vec![
        ("ce-specversion".to_owned(), "1.0".to_owned()),
        ("ce-id".to_owned(), header(&id)),
        ("ce-source".to_owned(), header(&options.source)),
        ("ce-type".to_owned(), header(&options.ty.unwrap_or_default())),
    ];
    headers.extend(options.subject.map(|subject| ("ce-subject".to_owned(), header(&subject))));
    for pair in &options.extensions {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| Failure::Usage { code: "usage", message: format!("`--ext {pair}`: write NAME=VALUE") })?;
        headers.push((format!("ce-{name}"), header(value)));
    }
    let Some(data) = options.data.map(|data| read(&data)).transpose()? else { return Ok((headers, Vec::new())) };
    let is_json = options.content_type.split(';').next().is_some_and(|media| media.trim() == "application/json" || media.trim().ends_with("+json"));
    if is_json && let Err(error) = serde_json::from_slice::<Value>(&data) {
        let message = format!("the data is no JSON ({error}): quote it, or say what it is by --content-type");
        return Err(Failure::new("invalid-data", message));
    }
    headers.push(("content-type".to_owned(), options.content_type));
    Ok((headers, data))
}

/// Text as the value of a header: the binding's percent-encoding.
fn header(text: &str) -> String {
    let plain = |c: char| ('!'..='~').contains(&c) && !matches!(c, '"' | '%');
    let encode = |c: char| if plain(c) { c.to_string() } else { c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect() };
    text.chars().map(encode).collect()
}

fn read(data: &str) -> Result<Vec<u8>> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| Failure::new("unreadable", format!("{what}: {error}"))
    };
    let mut bytes = Vec::new();
    match data {
        "-" => io::stdin().lock().read_to_end(&mut bytes).map(drop).map_err(failed("standard input"))?,
        _ => match data.strip_prefix('@') {
            Some(path) => bytes = std::fs::read(path).map_err(failed(path))?,
            None => bytes.extend_from_slice(data.as_bytes()),
        },
    }
    Ok(bytes)
}

/// Events of a file, a batch at a time; what was accepted before something is wrong stays accepted.
fn many(client: &Client, file: &str, json: bool) -> Result<()> {
    let failed = |error: io::Error| Failure::new("unreadable", format!("{file}: {error}"));
    let (reader, length): (Box<dyn BufRead>, Option<u64>) = if file == "-" {
        (Box::new(io::stdin().lock()), None)
    } else {
        let opened = File::open(file).map_err(failed)?;
        let length = opened.metadata().map_err(failed)?.len();
        (Box::new(BufReader::new(opened)), Some(length))
    };
    let bar = if io::stderr().is_terminal() { length.map_or_else(ProgressBar::no_length, ProgressBar::new) } else { ProgressBar::hidden() };
    let mut sent = Sent { accepted: 0, duplicates: 0, json };
    let mut batch = String::new();
    let mut events = 0;
    for (i, line) in reader.lines().enumerate() {
        let line = line.map_err(failed)?;
        bar.inc(line.len() as u64 + 1);
        if line.trim().is_empty() {
            continue;
        }
        if let Err(error) = serde_json::from_str::<Map<String, Value>>(&line) {
            sent.send(client, &mut batch, &mut events)?;
            let message = format!("line {} of {file} is no event ({error}); the {} events before it were taken", i + 1, sent.total());
            return Err(Failure::new("invalid-data", message));
        }
        if events == BATCH_EVENTS || batch.len() + line.len() > BATCH_BYTES {
            sent.send(client, &mut batch, &mut events)?;
        }
        batch.push(if events == 0 { '[' } else { ',' });
        batch.push_str(&line);
        events += 1;
    }
    sent.send(client, &mut batch, &mut events)?;
    bar.finish_and_clear();
    if json { Ok(()) } else { print::line(&format!("accepted {}, {} of them duplicates", sent.total(), sent.duplicates)) }
}

struct Sent {
    accepted: usize,
    duplicates: usize,
    json: bool,
}

impl Sent {
    fn total(&self) -> usize {
        self.accepted + self.duplicates
    }

    fn send(&mut self, client: &Client, batch: &mut String, events: &mut usize) -> Result<()> {
        if *events == 0 {
            return Ok(());
        }
        batch.push(']');
        let headers = [("content-type".to_owned(), "application/cloudevents-batch+json".to_owned())];
        let receipts = client.post("/", &headers, batch.as_bytes()).map_err(|failure| self.after(failure))?;
        batch.clear();
        *events = 0;
        for receipt in receipts.as_array().into_iter().flatten() {
            *if receipt["duplicate"] == json!(true) { &mut self.duplicates } else { &mut self.accepted } += 1;
            if self.json {
                print::json(receipt)?;
            }
        }
        Ok(())
    }

    fn after(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Failed { code, message } => {
                Failure::Failed { code, message: format!("{message} (the {} events before this batch were taken)", self.total()) }
            }
            other => other,
        }
    }
}
