//! `oyez dead`: deliveries given up on, listed, shown, delivered again, dropped.

use crate::args::{self, DeadArgs, DeadList, DeadSelection, DeadVerb};
use crate::client::{Client, escaped};
use crate::error::{Failure, Result};
use crate::not_yet;
use crate::output::{Out, short, shown};
use crate::selection::{self, Kind};
use crate::wire::{self, Event};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

const LISTED_DEFAULT: usize = 100;
const DEAD: &str = "/v1/dead";
/// As a selection of them is told.
const LETTERS: Kind = Kind { path: DEAD, gone: "not-dead" };

#[derive(Debug, Deserialize)]
struct Letter {
    id: String,
    subscription: String,
    sequence: u64,
    attempts: u32,
    settlement: String,
    reason: String,
    #[serde(default)]
    log: String,
    version: Option<String>,
    #[serde(default)]
    died: String,
    event: Event,
}

/// Does it.
pub(crate) fn dead(args: &DeadArgs, out: &mut Out) -> Result<()> {
    if args.verb.is_some() && args.listed != DeadList::default() {
        return Err(Failure::usage("wrong-usage", "give --subscription, --type and the like after the verb, such as `oyez dead redrive --type T`"));
    }
    let client = || Client::new(&args.host);
    match &args.verb {
        None => list(&client()?, &args.listed, out),
        Some(DeadVerb::List(listed)) => list(&client()?, listed, out),
        Some(DeadVerb::Show { id }) => show(&client()?, id, out),
        Some(DeadVerb::Redrive(selection)) => {
            let client = client()?;
            let redrive = |id: &str| {
                let body = json!({ "ids": [id] }).to_string();
                client.post(&format!("{DEAD}/redrive"), "application/json", body.as_bytes()).map(drop)
            };
            selection::each(&client, LETTERS, selection, "redriven", redrive, out)
        }
        Some(DeadVerb::Drop(selection)) => {
            let client = client()?;
            selection::each(&client, LETTERS, selection, "dropped", |id| client.delete(&format!("{DEAD}/{}", escaped(id))), out)
        }
        Some(DeadVerb::Export(selection)) => export(&client()?, selection, out),
        Some(DeadVerb::Other(words)) => Err(not_yet::dead(words, &args::command())),
    }
}

fn list(client: &Client, listed: &DeadList, out: &mut Out) -> Result<()> {
    let wanted = listed.number.unwrap_or(LISTED_DEFAULT);
    let (items, next) = selection::first(client, DEAD, &listed.filter, wanted)?;
    if out.json {
        let items: Vec<_> = items.iter().map(|item| wire::one_line(item.get())).collect();
        return out.line(&format!("{{\"items\":[{}],\"next\":{}}}", items.join(","), json!(next)));
    }
    if items.is_empty() {
        return out.line("no dead letters");
    }
    let letters = items.iter().map(|item| wire::read::<Letter>(item.get())).collect::<Result<Vec<_>>>()?;
    let rows: Vec<_> = letters.iter().map(row).collect();
    out.table(["ID", "SUBSCRIPTION", "SEQUENCE", "TYPE", "ATTEMPTS", "SETTLEMENT", "REASON"], &rows)?;
    if next.is_some() { out.line(&format!("there are more than these {wanted}: ask for them with -n")) } else { Ok(()) }
}

fn row(letter: &Letter) -> [String; 7] {
    let (sequence, attempts) = (letter.sequence.to_string(), letter.attempts.to_string());
    [&letter.id, &letter.subscription, &sequence, &letter.event.ty, &attempts, &letter.settlement, &letter.reason].map(|cell| shown(cell))
}

fn show(client: &Client, id: &str, out: &mut Out) -> Result<()> {
    let text = client.get(&format!("{DEAD}/{}", escaped(id)))?;
    if out.json {
        return out.line(&wire::one_line(&text));
    }
    let letter: Letter = wire::read(&text)?;
    let event = wire::read::<WithEvent>(&text)?.event;
    let facts = [
        ("id", letter.id),
        ("subscription", letter.subscription),
        ("version", letter.version.as_deref().map(short).unwrap_or_default().to_owned()),
        ("sequence", letter.sequence.to_string()),
        ("attempts", letter.attempts.to_string()),
        ("settlement", letter.settlement),
        ("reason", letter.reason),
        ("died", letter.died),
        ("event", wire::one_line(event.get())),
    ];
    facts.iter().filter(|(_, value)| !value.is_empty()).try_for_each(|(fact, value)| out.line(&format!("{fact:<14}{}", shown(value))))?;
    letter.log.lines().try_for_each(|line| out.line(&shown(&format!("{:<14}{line}", "log"))))
}

/// Prints the events of letters.
fn export(client: &Client, selection: &DeadSelection, out: &mut Out) -> Result<()> {
    selection::walk(client, LETTERS, selection, |item| out.line(&wire::one_line(wire::read::<WithEvent>(item.get())?.event.get())))
}

/// The event as it came.
#[derive(Debug, Deserialize)]
struct WithEvent {
    event: Box<RawValue>,
}
