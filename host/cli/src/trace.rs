//! `oyez trace`: what an event led to.

mod tree;

use crate::args::TraceArgs;
use crate::client::{Client, escaped};
use crate::error::{Failure, Result};
use crate::output::Out;
use crate::wire::{self, Item, Page};

/// Does it.
pub(crate) fn trace(args: &TraceArgs, out: &mut Out) -> Result<()> {
    let client = Client::new(&args.host)?;
    let text = fetch(&client, args)?;
    if out.json {
        return out.line(&wire::one_line(&text));
    }
    tree::draw(&wire::read(&text)?)?.iter().try_for_each(|line| out.cut_line(line))
}

/// The tree's JSON. Digits are a sequence first, and only then an id; with a source they are an id.
fn fetch(client: &Client, args: &TraceArgs) -> Result<String> {
    let TraceArgs { event, source, .. } = args;
    let of = |sequence: u64| client.get(&format!("/v1/events/{sequence}/trace"));
    let sequence = event.parse().ok().filter(|_| source.is_none());
    let Some(sequence) = sequence else { return of(find(client, event, source.as_deref())?) };
    match of(sequence) {
        Err(missing) if missing.code() == "no-such-event" => of(find(client, event, None).map_err(|_| missing)?),
        answer => answer,
    }
}

fn find(client: &Client, id: &str, source: Option<&str>) -> Result<u64> {
    let of_source = source.map_or_else(String::new, |source| format!("&source={}", escaped(source)));
    let text = client.get(&format!("/v1/events?id={}{of_source}", escaped(id)))?;
    let page: Page<u64> = wire::read(&text)?;
    let found = page.items.iter().map(|item| wire::read::<Item>(item.get())).collect::<Result<Vec<_>>>()?;
    match &found[..] {
        [] => {
            let whose = source.map_or_else(String::new, |source| format!(" of `{source}`"));
            let message = format!("the host knows no event `{id}`{whose}: ids are known for the dedup window; look for older ones with `oyez tail`");
            Err(Failure::failed("no-such-event", message))
        }
        [one] => Ok(one.sequence),
        several => {
            let places: Vec<_> = several.iter().map(|item| format!("{} of `{}`", item.sequence, item.event.source)).collect();
            let message = format!("several events have the id `{id}`: {}; give the sequence, or --source", places.join(", "));
            Err(Failure::failed("ambiguous-id", message))
        }
    }
}
