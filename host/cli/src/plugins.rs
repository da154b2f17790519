//! `oyez plugins`: who is there, and how they do.

use crate::args::{self, PluginsArgs, PluginsVerb};
use crate::client::{Client, escaped};
use crate::cost::Cost;
use crate::error::{Failure, Result};
use crate::not_yet;
use crate::output::{Out, short, shown};
use crate::wire::{self, Page};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::time::Duration;

const NONE: &str = "-";
/// A rebuild is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

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
    #[serde(default)]
    limits: BTreeMap<String, Limit>,
    #[serde(default)]
    grants: Vec<String>,
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    used: Cost,
}

#[derive(Debug, Deserialize)]
struct Limit {
    value: String,
    from: String,
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
        Some(PluginsVerb::Rebuild { name, from, reset_state, emit }) => {
            let how = json!({ "from": from, "resetState": reset_state, "emit": emit });
            rebuild(&Client::new(&args.host)?, name, &how.to_string(), out)
        }
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

/// Begins a rebuild, and waits for its end.
fn rebuild(client: &Client, name: &str, how: &str, out: &mut Out) -> Result<()> {
    let path = format!("/v1/plugins/{}", escaped(name));
    let mut text = client.post(&format!("{path}/rebuild"), "application/json", how.as_bytes())?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid"));
    let plugin = loop {
        let plugin: Plugin = wire::read(&text)?;
        if plugin.state != "rebuilding" {
            break plugin;
        }
        bar.set_message(plugin.reason.unwrap_or_default());
        bar.tick();
        pause(LOOK_AGAIN);
        text = client.get(&path)?;
    };
    bar.finish_and_clear();
    if let Some(why) = plugin.reason.as_deref().and_then(|reason| reason.strip_prefix("rebuild-failed: ")) {
        return Err(Failure::failed("rebuild-failed", format!("`{name}`: {why}; its state is what it was: mend the plugin, and rebuild again")));
    }
    out.line(&if out.json { wire::one_line(&text) } else { shown(&format!("{} is rebuilt, and {}", plugin.name, plugin.state)) })
}

#[allow(clippy::disallowed_methods, reason = "the host is asked now and then")]
fn pause(wait: Duration) {
    std::thread::sleep(wait);
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
        ("granted", plugin.grants.join(", ")),
        ("refused", plugin.refused.join(", ")),
        ("used", format!("{}, since the host began", plugin.used.parts().join(", "))),
        ("limits", plugin.limits.iter().map(|(key, Limit { value, from })| format!("{key} {value} ({from})")).collect::<Vec<_>>().join(", ")),
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
