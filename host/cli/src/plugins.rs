//! `oyez plugins`.

use crate::args::PluginsCommand;
use crate::client::{Client, encoded};
use crate::failure::{Failure, Result};
use crate::print::{json, line, table, text};
use serde_json::Value;

pub(crate) fn plugins(client: &Client, command: Option<PluginsCommand>, as_json: bool) -> Result<()> {
    match command.unwrap_or(PluginsCommand::List) {
        PluginsCommand::List => list(client, as_json),
        PluginsCommand::Show { name } => show(client, &name, as_json),
        PluginsCommand::Other(words) => match words[0].as_str() {
            verb @ ("pause" | "resume" | "approve" | "rollback" | "rebuild" | "forget" | "--ghosts") => {
                Err(Failure::not_yet(&format!("`oyez plugins {verb}`")))
            }
            verb => Err(Failure::Usage { code: "usage", message: format!("`oyez plugins {verb}` is no command: use list or show") }),
        },
    }
}

fn short(version: &Value) -> String {
    text(version).chars().take(12).collect()
}

fn list(client: &Client, as_json: bool) -> Result<()> {
    let page = client.json("/v1/plugins")?;
    if as_json {
        return json(&page);
    }
    let names = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(", ");
    let row = |p: &Value| vec![text(&p["name"]), text(&p["state"]), short(&p["version"]), names(&p["subscriptions"]), text(&p["reason"])];
    let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return line("no plugins: copy a component into the plugin folder");
    }
    table(&["NAME", "STATE", "VERSION", "SUBSCRIPTIONS", "REASON"], &rows)
}

fn show(client: &Client, name: &str, as_json: bool) -> Result<()> {
    let plugin = client.json(&format!("/v1/plugins/{}", encoded(name)))?;
    if as_json {
        return json(&plugin);
    }
    let names = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(", ");
    let asks = if plugin["pure"] == true { "nothing: pure, its emissions depend on the event alone".to_owned() } else { names(&plugin["asks"]) };
    for (label, value) in [
        ("name", text(&plugin["name"])),
        ("state", text(&plugin["state"])),
        ("reason", text(&plugin["reason"])),
        ("version", text(&plugin["version"])),
        ("says", format!("{} {}", text(&plugin["describedVersion"]), text(&plugin["summary"])).trim().to_owned()),
        ("file", text(&plugin["file"])),
        ("emits", names(&plugin["emits"])),
        ("asks for", asks),
    ] {
        if !value.is_empty() {
            line(&format!("{label:<9} {value}"))?;
        }
    }
    let all = client.json("/v1/subscriptions")?;
    let own = all["items"].as_array().into_iter().flatten().filter(|s| s["plugin"] == plugin["name"]);
    let count = |s: &Value, state: &str| text(&s["counts"][state]);
    let row = |s: &Value| {
        let filters = s["filters"].as_array().map(|filters| filters.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        vec![text(&s["name"]), count(s, "settled"), count(s, "waiting"), count(s, "dead"), text(&s["lag"]), filters.unwrap_or_default()]
    };
    let rows: Vec<_> = own.map(row).collect();
    line("")?;
    table(&["SUBSCRIPTION", "SETTLED", "WAITING", "DEAD", "LAG", "FILTERS"], &rows)
}
