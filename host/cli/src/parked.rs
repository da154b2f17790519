//! `oyez parked`: deliveries held back on purpose, listed, shown, let go, dropped.

use crate::args::{self, DeadList, ParkedArgs, ParkedVerb};
use crate::client::{Client, escaped};
use crate::error::{Failure, Result};
use crate::not_yet;
use crate::output::{Out, shown};
use crate::selection::{self, Kind};
use crate::wire::{self, Event};
use serde::Deserialize;
use serde_json::json;

const LISTED_DEFAULT: usize = 100;
const PARKED: &str = "/v1/parked";
const HELD: Kind = Kind { path: PARKED, gone: "not-parked" };

#[derive(Debug, Deserialize)]
struct Delivery {
    id: String,
    subscription: String,
    sequence: u64,
    lane: String,
    reason: String,
    #[serde(default)]
    cycle: Vec<String>,
    since: String,
    event: Event,
}

impl Delivery {
    /// Why it is held back; of a storm with who answers whom.
    fn why(&self) -> String {
        let Some(first) = self.cycle.first() else { return self.reason.clone() };
        format!("{}; circle: {} -> {first}", self.reason, self.cycle.join(" -> "))
    }
}

/// Does it.
pub(crate) fn parked(args: &ParkedArgs, out: &mut Out) -> Result<()> {
    if args.verb.is_some() && args.listed != DeadList::default() {
        return Err(Failure::usage("wrong-usage", "give --subscription, --type and the like after the verb, such as `oyez parked release --type T`"));
    }
    let client = Client::new(&args.host)?;
    match &args.verb {
        None => list(&client, &args.listed, out),
        Some(ParkedVerb::List(listed)) => list(&client, listed, out),
        Some(ParkedVerb::Show { id }) => show(&client, id, out),
        Some(ParkedVerb::Release(chosen)) => {
            let release = |id: &str| {
                let body = json!({ "ids": [id] }).to_string();
                client.post(&format!("{PARKED}/release"), "application/json", body.as_bytes()).map(drop)
            };
            selection::each(&client, HELD, chosen, "released", release, out)
        }
        Some(ParkedVerb::Drop(chosen)) => {
            selection::each(&client, HELD, chosen, "dropped", |id| client.delete(&format!("{PARKED}/{}", escaped(id))), out)
        }
        Some(ParkedVerb::Other(words)) => Err(not_yet::parked(words, &args::command())),
    }
}

fn list(client: &Client, listed: &DeadList, out: &mut Out) -> Result<()> {
    let wanted = listed.number.unwrap_or(LISTED_DEFAULT);
    let (items, next) = selection::first(client, PARKED, &listed.filter, wanted)?;
    if out.json {
        let items: Vec<_> = items.iter().map(|item| wire::one_line(item.get())).collect();
        return out.line(&format!("{{\"items\":[{}],\"next\":{}}}", items.join(","), json!(next)));
    }
    if items.is_empty() {
        return out.line("nothing is parked");
    }
    let held = items.iter().map(|item| wire::read::<Delivery>(item.get())).collect::<Result<Vec<_>>>()?;
    let row = |held: &Delivery| {
        let (sequence, why) = (held.sequence.to_string(), held.why());
        [&held.id, &held.subscription, &sequence, &held.event.ty, &held.lane, &why].map(|cell| shown(cell))
    };
    let rows: Vec<_> = held.iter().map(row).collect();
    out.table(["ID", "SUBSCRIPTION", "SEQUENCE", "TYPE", "KEY", "WHY"], &rows)?;
    if next.is_some() { out.line(&format!("there are more than these {wanted}: ask for them with -n")) } else { Ok(()) }
}

fn show(client: &Client, id: &str, out: &mut Out) -> Result<()> {
    let text = client.get(&format!("{PARKED}/{}", escaped(id)))?;
    if out.json {
        return out.line(&wire::one_line(&text));
    }
    let held: Delivery = wire::read(&text)?;
    let why = held.why();
    let facts = [
        ("id", held.id),
        ("subscription", held.subscription),
        ("sequence", held.sequence.to_string()),
        ("key", held.lane),
        ("why", why),
        ("since", held.since),
        ("type", held.event.ty),
    ];
    facts.iter().filter(|(_, value)| !value.is_empty()).try_for_each(|(fact, value)| out.line(&format!("{fact:<14}{}", shown(value))))
}
