//! `oyez dead`: deliveries given up on, listed, shown, delivered again, dropped.

use crate::args::{self, DeadArgs, DeadFilter, DeadList, DeadSelection, DeadVerb};
use crate::client::{Client, escaped};
use crate::error::{Failure, Result};
use crate::not_yet;
use crate::output::{Out, short, shown};
use crate::wire::{self, Event, Page};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

const LISTED_DEFAULT: usize = 100;
/// Letters asked for at a time: each brings its event, of up to 900 KiB.
const PAGE: usize = 100;
const DEAD: &str = "/v1/dead";

#[derive(Debug, Deserialize)]
struct Letter {
    id: String,
    subscription: String,
    sequence: u64,
    attempts: u32,
    settlement: String,
    reason: String,
    version: Option<String>,
    #[serde(default)]
    died: String,
    event: Event,
}

/// Does it.
pub(crate) fn dead(args: &DeadArgs, out: &mut Out) -> Result<()> {
    if args.verb.is_some() && args.listed != DeadList::default() {
        return Err(Failure::usage("wrong-usage", "give --subscription, --type and -n after the verb, such as `oyez dead redrive --type T`"));
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
            each(&client, selection, "redriven", redrive, out)
        }
        Some(DeadVerb::Drop(selection)) => {
            let client = client()?;
            each(&client, selection, "dropped", |id| client.delete(&format!("{DEAD}/{}", escaped(id))), out)
        }
        Some(DeadVerb::Other(words)) => Err(not_yet::dead(words, &args::command())),
    }
}

fn page(client: &Client, filter: &DeadFilter, after: Option<&str>, limit: usize) -> Result<Page<String>> {
    let given = [("subscription", filter.subscription.as_deref()), ("type", filter.ty.as_deref()), ("after", after)];
    let given = given.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", escaped(value?))));
    let text = client.get(&format!("{DEAD}?limit={limit}{}", given.collect::<String>()))?;
    wire::read(&text)
}

fn list(client: &Client, listed: &DeadList, out: &mut Out) -> Result<()> {
    let wanted = listed.number.unwrap_or(LISTED_DEFAULT);
    let (mut items, mut next) = (Vec::new(), None);
    while items.len() < wanted {
        let found = page(client, &listed.filter, next.as_deref(), PAGE.min(wanted - items.len()))?;
        items.extend(found.items);
        next = found.next;
        if next.is_none() {
            break;
        }
    }
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
    facts.iter().filter(|(_, value)| !value.is_empty()).try_for_each(|(fact, value)| out.line(&format!("{fact:<14}{}", shown(value))))
}

/// The event as it came.
#[derive(Debug, Deserialize)]
struct WithEvent {
    event: Box<RawValue>,
}

/// Does something to each letter of a selection, and says to how many.
///
/// A filter is walked through by place, from the first to the last: a letter that dies again at once is not met twice.
fn each(client: &Client, selection: &DeadSelection, done: &str, act: impl Fn(&str) -> Result<()>, out: &mut Out) -> Result<()> {
    selection.check()?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} {msg}").expect("the template is valid"));
    let bar = bar.with_message(done.to_owned());
    let so_far = |failure: Failure| failure.in_context(|message| format!("{message} ({} {done} before it)", bar.position()));
    if selection.ids.is_empty() {
        let mut next = None;
        loop {
            let found = page(client, &selection.filter, next.as_deref(), PAGE).map_err(so_far)?;
            for item in &found.items {
                let letter: Letter = wire::read(item.get())?;
                match act(&letter.id) {
                    Ok(()) => bar.inc(1),
                    // Somebody else was quicker.
                    Err(failure) if failure.code() == "not-dead" => {}
                    Err(failure) => return Err(so_far(failure)),
                }
            }
            next = found.next;
            if next.is_none() {
                break;
            }
        }
    } else {
        for id in &selection.ids {
            act(id).map_err(so_far)?;
            bar.inc(1);
        }
    }
    let n = bar.position();
    bar.finish_and_clear();
    out.line(&if out.json { json!({ done: n }).to_string() } else { format!("{n} {done}") })
}

impl DeadSelection {
    fn check(&self) -> Result<()> {
        if self.rate.is_some() || self.dry_run {
            return Err(Failure::not_yet("`--rate` and `--dry-run` are not built yet: take them out"));
        }
        if self.ids.is_empty() && self.filter == DeadFilter::default() && !self.all {
            return Err(Failure::usage("wrong-usage", "say which dead letters: their ids, --subscription, --type, or --all"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(ids: &[&str], all: bool) -> DeadSelection {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        DeadSelection { ids, filter: DeadFilter::default(), all, rate: None, dry_run: false }
    }

    #[test]
    fn nothing_is_done_to_all_letters_unasked() {
        assert_eq!(selection(&[], false).check().unwrap_err().exit(), 2);
        assert!(selection(&[], true).check().is_ok() && selection(&["1-2"], false).check().is_ok());
        let later = DeadSelection { dry_run: true, ..selection(&[], true) };
        assert_eq!(later.check().unwrap_err().code(), "not-yet");
    }
}
