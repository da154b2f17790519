//! `oyez plugins`: who is there, and how they do.

use crate::args::{self, PluginsArgs, PluginsVerb};
use crate::client::{Client, escaped};
use crate::error::{Failure, Result};
use crate::not_yet;
use crate::output::{Out, short, shown};
use crate::wire::{self, Page};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const NONE: &str = "-";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plugin {
    name: String,
    version: Option<String>,
    state: String,
    reason: Option<String>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    described_version: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    subscriptions: Vec<String>,
    #[serde(default)]
    emits: Vec<String>,
    #[serde(default)]
    asks: Vec<String>,
    #[serde(default)]
    pure: bool,
}

#[derive(Debug, Deserialize)]
struct Subscription {
    plugin: String,
    name: String,
    filters: Box<RawValue>,
    lag: u64,
    counts: BTreeMap<String, u64>,
    #[serde(default)]
    gaps: Vec<Gap>,
}

#[derive(Debug, Deserialize)]
struct Gap {
    from: u64,
    to: u64,
    events: u64,
    at: String,
}

/// Does it.
pub(crate) fn plugins(args: &PluginsArgs, out: &mut Out) -> Result<()> {
    if args.ghosts {
        return Err(Failure::not_yet("`--ghosts` is not built yet: take it out"));
    }
    match &args.verb {
        None | Some(PluginsVerb::List) => list(&Client::new(&args.host)?, out),
        Some(PluginsVerb::Show { name }) => show(&Client::new(&args.host)?, name, out),
        Some(PluginsVerb::Pause { name }) => act(&Client::new(&args.host)?, name, "pause", out),
        Some(PluginsVerb::Resume { name }) => act(&Client::new(&args.host)?, name, "resume", out),
        Some(PluginsVerb::Other(words)) => Err(not_yet::plugins(words, &args::command())),
    }
}

fn list(client: &Client, out: &mut Out) -> Result<()> {
    let text = client.get("/v1/plugins")?;
    if out.json {
        return out.line(&wire::one_line(&text));
    }
    let page: Page<String> = wire::read(&text)?;
    if page.items.is_empty() {
        return out.line("no plugins: copy a component (.wasm) into the host's plugin folder");
    }
    let plugins = page.items.iter().map(|item| wire::read::<Plugin>(item.get())).collect::<Result<Vec<_>>>()?;
    let rows: Vec<_> = plugins.iter().map(row).collect();
    out.table(["NAME", "STATE", "VERSION", "SUBSCRIPTIONS", "REASON"], &rows)
}

fn act(client: &Client, name: &str, verb: &str, out: &mut Out) -> Result<()> {
    let text = client.post(&format!("/v1/plugins/{}/{verb}", escaped(name)), "application/json", b"")?;
    if out.json {
        return out.line(&wire::one_line(&text));
    }
    let plugin: Plugin = wire::read(&text)?;
    out.line(&shown(&format!("{} is {}", plugin.name, plugin.state)))
}

fn row(plugin: &Plugin) -> [String; 5] {
    let version = plugin.version.as_deref().map_or(NONE, short);
    let subscriptions = if plugin.subscriptions.is_empty() { NONE.to_owned() } else { plugin.subscriptions.join(", ") };
    let reason = plugin.reason.as_deref().unwrap_or_default();
    [&plugin.name, &plugin.state, version, &subscriptions, reason].map(shown)
}

fn show(client: &Client, name: &str, out: &mut Out) -> Result<()> {
    let text = client.get(&format!("/v1/plugins/{}", escaped(name)))?;
    if out.json {
        return out.line(&wire::one_line(&text));
    }
    let plugin: Plugin = wire::read(&text)?;
    let asks = if plugin.pure { "nothing: it is pure, its emissions depend on the event alone".to_owned() } else { plugin.asks.join(", ") };
    let version = match (plugin.version, plugin.described_version) {
        (Some(version), own) if own.is_empty() => version,
        (Some(version), own) => format!("{version} (it says: {own})"),
        (None, own) => own,
    };
    let facts = [
        ("name", plugin.name),
        ("state", plugin.state),
        ("reason", plugin.reason.unwrap_or_default()),
        ("version", version),
        ("file", plugin.file.unwrap_or_default()),
        ("summary", plugin.summary),
        ("emits", plugin.emits.join(", ")),
        ("asks", asks),
    ];
    for (fact, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        out.line(&format!("{fact:<9}{}", shown(value)))?;
    }
    subscriptions(client, name, out)
}

/// Its subscriptions, those that it had when it was last there included.
fn subscriptions(client: &Client, plugin: &str, out: &mut Out) -> Result<()> {
    let text = client.get("/v1/subscriptions")?;
    let page: Page<String> = wire::read(&text)?;
    let all = page.items.iter().map(|item| wire::read::<Subscription>(item.get())).collect::<Result<Vec<_>>>()?;
    for subscription in all.into_iter().filter(|subscription| subscription.plugin == plugin) {
        let counts = subscription.counts.iter().filter(|(_, n)| **n > 0).map(|(state, n)| format!("{n} {state}, "));
        out.line(&shown(&format!("subscription {}: {}lag {}", subscription.name, counts.collect::<String>(), subscription.lag)))?;
        for Gap { from, to, events, at } in &subscription.gaps {
            out.line(&shown(&format!("  gap: {events} events from {from} to {to} were missed, at {at}")))?;
        }
        out.cut_line(&shown(&format!("  filters {}", wire::one_line(subscription.filters.get()))))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_did_not_load_says_why_in_its_row() {
        let json =
            r#"{"name":"a/b","version":"0123456789abcdef","state":"failed","reason":"not-wasm: the file\nis not","file":"a/b.wasm","pure":false}"#;
        let row = row(&wire::read(json).unwrap());
        assert_eq!(row, ["a/b", "failed", "0123456789ab", "-", "not-wasm: the file\\nis not"]);
    }
}
