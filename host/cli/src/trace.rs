//! `oyez trace`: the causation tree, drawn.

use crate::args::TraceOptions;
use crate::client::{Client, encoded};
use crate::failure::{Failure, Result};
use crate::print::{cut, json, line, text, width};
use serde_json::Value;

pub(crate) fn trace(client: &Client, options: &TraceOptions, as_json: bool) -> Result<()> {
    let sequence = sequence(client, options)?;
    let trace = client.json(&format!("/v1/events/{sequence}/trace"))?;
    if as_json {
        return json(&trace);
    }
    let mut lines = Vec::new();
    draw(&trace, "", "", &mut lines);
    let width = width().unwrap_or(usize::MAX);
    lines.iter().try_for_each(|text| line(&cut(text, width)))
}

/// What is all digits is a sequence; everything else an id.
fn sequence(client: &Client, options: &TraceOptions) -> Result<u64> {
    if let Ok(sequence) = options.event.parse() {
        return Ok(sequence);
    }
    let source = options.source.as_ref().map(|source| format!("&source={}", encoded(source))).unwrap_or_default();
    let page = client.json(&format!("/v1/events?id={}{source}", encoded(&options.event)))?;
    let found: Vec<_> = page["items"].as_array().into_iter().flatten().collect();
    match found[..] {
        [one] => Ok(one["sequence"].as_u64().unwrap_or_default()),
        [] => Err(Failure::new("no-such-event", format!("there is no event with the id `{}`; see `oyez tail`", options.event))),
        _ => {
            let each: Vec<_> = found.iter().map(|item| format!("{} of {}", item["sequence"], text(&item["event"]["source"]))).collect();
            let message = format!("several events have the id `{}`: {}; give the sequence, or --source", options.event, each.join(", "));
            Err(Failure::new("ambiguous-id", message))
        }
    }
}

/// An event, below it its deliveries, below each what it emitted.
fn draw(trace: &Value, first: &str, rest: &str, lines: &mut Vec<String>) {
    let event = &trace["event"];
    let subject = Some(text(&event["subject"])).filter(|subject| !subject.is_empty()).map(|subject| format!("  {subject}")).unwrap_or_default();
    lines.push(format!("{first}{}  {}{subject}  {}", trace["sequence"], text(&event["type"]), cut(&text(&event["id"]), 12)));
    let deliveries = trace["deliveries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if deliveries.is_empty() {
        lines.push(format!("{rest}   (nobody took it)"));
    }
    for (i, delivery) in deliveries.iter().enumerate() {
        let (fork, below) = branch(i + 1 == deliveries.len());
        lines.push(format!("{rest}{fork}{}: {}{}", text(&delivery["subscription"]), text(&delivery["state"]), attempts(delivery)));
        let emissions = delivery["emissions"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (i, emission) in emissions.iter().enumerate() {
            let (fork, deeper) = branch(i + 1 == emissions.len());
            draw(emission, &format!("{rest}{below}{fork}"), &format!("{rest}{below}{deeper}"), lines);
        }
    }
}

fn branch(last: bool) -> (&'static str, &'static str) {
    if last { ("└─ ", "   ") } else { ("├─ ", "│  ") }
}

fn attempts(delivery: &Value) -> String {
    let attempts = delivery["attempts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(last) = attempts.last() else { return String::new() };
    let micros = last["cpuNanos"].as_u64().unwrap_or_default() / 1_000;
    let count =
        if attempts.len() == 1 { String::new() } else { format!(", {} attempts, the last one {}", attempts.len(), text(&last["settlement"])) };
    let reason = Some(text(&last["reason"])).filter(|reason| !reason.is_empty()).map(|reason| format!(": {reason}")).unwrap_or_default();
    format!(" ({micros} µs cpu{count}{reason})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree_is_drawn_from_its_root_down() {
        let event = |id: &str, ty: &str| json!({ "id": id, "type": ty, "subject": "o-1" });
        let attempt =
            |n: u32, settlement: &str, reason: Value| json!({ "attempt": n, "settlement": settlement, "reason": reason, "cpuNanos": 21_000 });
        let trace = json!({ "sequence": 6, "event": event("1", "placed"), "deliveries": [
            { "subscription": "pay/on", "state": "settled", "attempts": [attempt(1, "retry", json!("busy")), attempt(2, "completed", Value::Null)], "emissions": [
                { "sequence": 9, "event": event("2", "paid"), "deliveries": [] },
            ] },
            { "subscription": "cook/on", "state": "dead", "attempts": [attempt(1, "rejected", json!("no\u{1b}[31m soup"))], "emissions": [] },
        ] });
        let mut lines = Vec::new();
        draw(&trace, "", "", &mut lines);
        assert_eq!(
            lines,
            [
                "6  placed  o-1  1",
                "├─ pay/on: settled (21 µs cpu, 2 attempts, the last one completed)",
                "│  └─ 9  paid  o-1  2",
                "│        (nobody took it)",
                "└─ cook/on: dead (21 µs cpu: no\u{fffd}[31m soup)",
            ]
        );
    }
}
