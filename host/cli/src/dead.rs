//! `oyez dead`.

use crate::args::{DeadCommand, DeadFilter, DeadSelection};
use crate::client::{Client, encoded};
use crate::failure::{Failure, Result};
use crate::print::{cut, json, line, plain, table, text};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use std::io::{self, IsTerminal};

pub(crate) fn dead(client: &Client, command: Option<DeadCommand>, as_json: bool) -> Result<()> {
    match command {
        None => list(client, &DeadFilter { subscription: None, ty: None }, 100, as_json),
        Some(DeadCommand::List { filter, number }) => list(client, &filter, number, as_json),
        Some(DeadCommand::Show { id }) => show(client, &id, as_json),
        Some(DeadCommand::Redrive(selection)) => redrive(client, selection, as_json),
        Some(DeadCommand::Drop(selection)) => drop_all(client, &selection, as_json),
        Some(DeadCommand::Other(words)) => match words[0].as_str() {
            "export" => Err(Failure::not_yet("`oyez dead export`")),
            verb => Err(Failure::Usage { code: "usage", message: format!("`oyez dead {verb}` is no command: use list, show, redrive or drop") }),
        },
    }
}

/// A page of dead letters.
fn page(client: &Client, filter: &DeadFilter, after: Option<&str>, limit: usize) -> Result<Value> {
    let subscription = filter.subscription.as_ref().map(|name| format!("&subscription={}", encoded(name))).unwrap_or_default();
    let ty = filter.ty.as_ref().map(|ty| format!("&type={}", encoded(ty))).unwrap_or_default();
    let after = after.map(|after| format!("&after={}", encoded(after))).unwrap_or_default();
    client.json(&format!("/v1/dead?limit={limit}{subscription}{ty}{after}"))
}

fn list(client: &Client, filter: &DeadFilter, number: usize, as_json: bool) -> Result<()> {
    let page = page(client, filter, None, number.clamp(1, 1_000))?;
    if as_json {
        return json(&page);
    }
    let row = |d: &Value| {
        let event = text(&d["event"]["type"]);
        vec![
            text(&d["id"]),
            text(&d["subscription"]),
            text(&d["sequence"]),
            event,
            text(&d["attempts"]),
            text(&d["settlement"]),
            cut(&text(&d["reason"]), 200),
        ]
    };
    let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return line("no dead letters");
    }
    table(&["ID", "SUBSCRIPTION", "SEQUENCE", "TYPE", "ATTEMPTS", "SETTLEMENT", "REASON"], &rows)?;
    if page["next"].is_null() { Ok(()) } else { line("… and more: see -n") }
}

fn show(client: &Client, id: &str, as_json: bool) -> Result<()> {
    let letter = client.json(&format!("/v1/dead/{}", encoded(id)))?;
    if as_json {
        return json(&letter);
    }
    for name in ["id", "subscription", "sequence", "attempts", "settlement", "reason", "version", "died"] {
        line(&format!("{name:<13} {}", text(&letter[name])))?;
    }
    let event = serde_json::to_string_pretty(&letter["event"]).unwrap_or_default();
    line(&event.lines().map(plain).collect::<Vec<_>>().join("\n"))
}

fn progress() -> ProgressBar {
    if io::stderr().is_terminal() { ProgressBar::no_length().with_message("dead letters") } else { ProgressBar::hidden() }
}

fn redrive(client: &Client, selection: DeadSelection, as_json: bool) -> Result<()> {
    let DeadSelection { ids, filter, all } = selection;
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    let (bar, mut total) = (progress(), 0);
    let bodies: Vec<Value> = if ids.is_empty() {
        vec![if all { json!({ "all": true }) } else { json!({ "subscription": filter.subscription, "type": filter.ty }) }]
    } else {
        ids.chunks(1_000).map(|ids| json!({ "ids": ids })).collect()
    };
    for body in bodies {
        // The host takes some at a time, and says whether there are more.
        loop {
            let done = client.post("/v1/dead/redrive", &headers, body.to_string().as_bytes())?;
            let redriven = done["redriven"].as_u64().unwrap_or_default();
            total += redriven;
            bar.inc(redriven);
            if done["remaining"] == 0 || redriven == 0 {
                break;
            }
        }
    }
    bar.finish_and_clear();
    if as_json { json(&json!({ "redriven": total })) } else { line(&format!("{total} dead letters are delivered again")) }
}

fn drop_all(client: &Client, selection: &DeadSelection, as_json: bool) -> Result<()> {
    let (bar, mut total) = (progress(), 0_u64);
    let mut ids = selection.ids.clone();
    loop {
        if selection.ids.is_empty() {
            let page = page(client, &selection.filter, None, 500)?;
            ids = page["items"].as_array().into_iter().flatten().map(|letter| text(&letter["id"])).collect();
        }
        for id in &ids {
            client.delete(&format!("/v1/dead/{}", encoded(id)))?;
            total += 1;
            bar.inc(1);
        }
        if !selection.ids.is_empty() || ids.is_empty() {
            break;
        }
    }
    bar.finish_and_clear();
    if as_json { json(&json!({ "dropped": total })) } else { line(&format!("{total} dead letters are dropped")) }
}
