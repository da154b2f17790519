//! `oyez tail`.

use crate::args::TailOptions;
use crate::client::{Client, encoded};
use crate::failure::{Failure, Result};
use crate::print::{cut, json, line, text, width};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::time::Duration;

/// How long a lost connection is waited for before it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

pub(crate) fn tail(client: &Client, options: &TailOptions, as_json: bool) -> Result<()> {
    let query: String = [("type", &options.ty), ("source", &options.source), ("subject", &options.subject), ("correlation", &options.correlation)]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("&{name}={}", encoded(value.as_deref()?))))
        .collect();
    let from = options.from.as_ref().map_or_else(|| format!("last={}", options.number), |from| format!("from={}", encoded(from)));
    if options.follow { follow(client, &format!("{from}{query}"), &query, as_json) } else { list(client, &from, &query, as_json) }
}

fn list(client: &Client, from: &str, query: &str, as_json: bool) -> Result<()> {
    let mut from = from.to_owned();
    loop {
        let page = client.json(&format!("/v1/events?{from}{query}&limit=500"))?;
        page["items"].as_array().into_iter().flatten().try_for_each(|item| show(item, as_json))?;
        match page["next"].as_u64() {
            Some(next) => from = format!("from={next}"),
            None => return Ok(()),
        }
    }
}

/// Server-sent events; a connection that is lost is taken up again where it was.
fn follow(client: &Client, begin: &str, query: &str, as_json: bool) -> Result<()> {
    let mut from = begin.to_owned();
    let mut was_there = false;
    loop {
        match client.get(&format!("/v1/events?{from}"), "text/event-stream") {
            Ok(response) => {
                was_there = true;
                for text in BufReader::new(response.into_body().into_reader()).lines() {
                    let Ok(text) = text else { break };
                    let Some(item) = text.strip_prefix("data:").and_then(|data| serde_json::from_str::<Value>(data).ok()) else { continue };
                    show(&item, as_json)?;
                    from = format!("from={}{query}", item["sequence"].as_u64().unwrap_or(0) + 1);
                }
            }
            Err(Failure::Failed { code, .. }) if was_there && code == "host-unreachable" => {}
            Err(failure) => return Err(failure),
        }
        eprintln!("the connection is lost; trying again");
        std::thread::park_timeout(AGAIN);
    }
}

fn show(item: &Value, as_json: bool) -> Result<()> {
    if as_json {
        return json(item);
    }
    let event = &item["event"];
    let data = match (&event["data"], &event["data_base64"]) {
        (Value::Null, Value::Null) => String::new(),
        (Value::Null, base64) => format!("base64:{}", text(base64)),
        (data, _) => text(data),
    };
    let accepted: String = text(&item["accepted"]).chars().take(23).collect();
    let fields = [text(&event["type"]), text(&event["subject"]), text(&event["id"]), data];
    let shown =
        format!("{:>6}  {accepted}Z  {}", text(&item["sequence"]), fields.into_iter().filter(|f| !f.is_empty()).collect::<Vec<_>>().join("  "));
    line(&width().map_or_else(|| shown.clone(), |width| cut(&shown, width)))
}
