//! The causation tree, drawn. Pure.

use crate::cost::Cost;
use crate::error::Result;
use crate::output::{cut, short, shown};
use crate::wire::{self, Event};
use serde::Deserialize;
use serde_json::value::RawValue;

const ID_SHOWN: usize = 16;
const BRANCH: [&str; 2] = ["├─ ", "│  "];
const LAST: [&str; 2] = ["└─ ", "   "];

/// An event and who took it. What is below an emission stays text until it is drawn: a tree may be deeper than a JSON reader goes.
#[derive(Debug, Deserialize)]
pub(super) struct Tree {
    sequence: u64,
    event: Event,
    deliveries: Vec<Delivery>,
    /// What its deliveries used.
    #[serde(default)]
    cost: Cost,
    /// And with them all that they led to.
    #[serde(default)]
    total: Cost,
}

#[derive(Debug, Deserialize)]
struct Delivery {
    subscription: String,
    state: String,
    attempts: Vec<Attempt>,
    emissions: Vec<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    /// From 0; each redrive begins another.
    round: u32,
    attempt: u32,
    version: Option<String>,
    settlement: String,
    reason: Option<String>,
    #[serde(flatten)]
    cost: Cost,
}

/// The lines of a tree.
pub(super) fn draw(tree: &Tree) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    below(tree, "", "", &mut lines)?;
    let total = tree.total.parts();
    if !total.is_empty() && tree.deliveries.iter().any(|delivery| !delivery.attempts.is_empty()) {
        lines.push(format!("in all: {}", total.join(", ")));
    }
    Ok(lines)
}

/// Draws an event behind `head`, and all that hangs on it behind `margin`.
fn below(tree: &Tree, head: &str, margin: &str, lines: &mut Vec<String>) -> Result<()> {
    let Tree { sequence, event, deliveries, cost, total } = tree;
    let leads_on = deliveries.iter().any(|delivery| !delivery.emissions.is_empty());
    let sums = match (cost.cpu(), total.cpu()) {
        (Some(own), Some(all)) if leads_on => format!(", {own}, with all that it led to {all}"),
        (Some(own), _) if !deliveries.is_empty() => format!(", {own}"),
        _ => String::new(),
    };
    lines.push(format!("{head}{}{sums}", shown(&format!("{sequence} {} ({})", event.ty, cut(&event.id, ID_SHOWN)))));
    for (i, delivery) in deliveries.iter().enumerate() {
        let [head, inner] = if i + 1 == deliveries.len() { LAST } else { BRANCH };
        delivered(delivery, &format!("{margin}{head}"), &format!("{margin}{inner}"), lines)?;
    }
    Ok(())
}

fn delivered(delivery: &Delivery, head: &str, margin: &str, lines: &mut Vec<String>) -> Result<()> {
    let Delivery { subscription, state, attempts, emissions } = delivery;
    let mut line = shown(&format!("{subscription}: {state}"));
    // One attempt that did it is the common case, and needs no line of its own.
    let smooth = matches!(&attempts[..], [one] if one.settlement == "completed" && one.reason.is_none());
    let listed = if smooth {
        line.push_str(&attempts[0].aside());
        &[]
    } else {
        &attempts[..]
    };
    lines.push(format!("{head}{line}"));
    let children = listed.len() + emissions.len();
    for (i, attempt) in listed.iter().enumerate() {
        let [head, _] = if i + 1 == children { LAST } else { BRANCH };
        lines.push(format!("{margin}{head}{}", attempt.line()));
    }
    for (i, emission) in emissions.iter().enumerate() {
        let [head, inner] = if listed.len() + i + 1 == children { LAST } else { BRANCH };
        below(&wire::read(emission.get())?, &format!("{margin}{head}"), &format!("{margin}{inner}"), lines)?;
    }
    Ok(())
}

impl Attempt {
    fn line(&self) -> String {
        let round = if self.round > 0 { format!("round {}, ", self.round + 1) } else { String::new() };
        let reason = self.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
        shown(&format!("{round}attempt {}: {}{}{reason}", self.attempt, self.settlement, self.aside()))
    }

    /// What ran, and what it cost.
    fn aside(&self) -> String {
        let version = self.version.as_deref().map(|version| format!("version {}", short(version)));
        let parts: Vec<_> = version.into_iter().chain(self.cost.parts()).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = include_str!("order.json");

    #[test]
    fn a_tree_shows_deliveries_attempts_cost_and_emissions() {
        let lines = draw(&wire::read(ORDER).unwrap()).unwrap();
        let expect = "\
6 shop.order.placed.v1 (placed-o-1), 2.02 s cpu, with all that it led to 2.02 s cpu
├─ shop-payment/on-order: settled (version 0f1e2d3c4b5a, 310 µs cpu, 400 µs wall, 1.1 MiB memory, 420 B in, 96 B out)
│  └─ 8 shop.payment.completed.v1 (5f0c9e1d2b3a4f5…), 1.5 ms cpu
│     ├─ audit/all: settled
│     └─ shop-email/on-payment: waiting
│        └─ attempt 1: retry (version aabbccddeeff, 1.5 ms cpu): the post office\\nis closed
├─ shop-fraud/on-order: dead
│  ├─ attempt 1: timed-out (version 00ff00ff00ff, 2.00 s cpu): over its time of 30 s
│  └─ round 2, attempt 1: rejected (version 00ff00ff00ff, 20 µs cpu): threshold is no number
└─ shop-kitchen/on-order: pending
in all: 5 attempts, 2.02 s cpu, 2.10 s wall, 500 µs in host calls, 1.1 MiB memory, 1400 B in, 96 B out";
        assert_eq!(lines.join("\n"), expect);
    }

    #[test]
    fn a_tree_may_be_deeper_than_a_json_reader_goes() {
        let event = r#""event":{"id":"1","source":"/s","type":"t","specversion":"1.0"}"#;
        let mut json = format!(r#"{{"sequence":1,{event},"deliveries":[]}}"#);
        for _ in 0..64 {
            json =
                format!(r#"{{"sequence":1,{event},"deliveries":[{{"subscription":"a/b","state":"settled","attempts":[],"emissions":[{json}]}}]}}"#);
        }
        assert_eq!(draw(&wire::read(&json).unwrap()).unwrap().len(), 129);
    }
}
