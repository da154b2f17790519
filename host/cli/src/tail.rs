//! `oyez tail`: events as they lie in the log, and what comes next.

use crate::args::TailArgs;
use crate::client::{Client, escaped};
use crate::error::Result;
use crate::follow::follow;
use crate::output::{Out, cut, moment, shown};
use crate::wire::{self, Item, Page};
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::ops::ControlFlow;

const LAST_DEFAULT: usize = 10;
/// The most that the API gives at a time.
const PAGE: usize = 1_000;
/// A filter is looked for in the last so many events of any kind; then in all.
const LOOKED_AT_FIRST: usize = 10_000;
const ID_SHOWN: usize = 36;

/// Which events, as the parameters of a query.
#[derive(Debug)]
struct Query {
    filters: String,
}

/// Does it.
pub(crate) fn tail(args: &TailArgs, out: &mut Out) -> Result<()> {
    let client = Client::new(&args.host)?;
    let query = Query::new(args);
    if let Some(from) = &args.from {
        let origin = format!("from={}", escaped(from));
        let mut left = args.number.unwrap_or(usize::MAX);
        let mut show = |item: &RawValue| {
            if left > 0 {
                show(item, out)?;
                left -= 1;
            }
            Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        return if args.follow { follow(&client, &query.path(&origin), "sequence", &mut show) } else { query.walk(&client, &origin, &mut show) };
    }
    // What comes in meanwhile is the stream's.
    let end = if args.follow { Some(end(&client)?) } else { None };
    for (_, item) in query.last(&client, args.number.unwrap_or(LAST_DEFAULT), end.unwrap_or(u64::MAX))? {
        show(&item, out)?;
    }
    let Some(end) = end else { return Ok(()) };
    follow(&client, &query.path(&format!("from={}", end + 1)), "sequence", &mut |item| show(item, out).map(ControlFlow::Continue))
}

/// The last sequence that an event has; 0 in an empty log.
fn end(client: &Client) -> Result<u64> {
    let text = client.get("/v1/events?last=1&limit=1")?;
    let page: Page<u64> = wire::read(&text)?;
    page.items.first().map_or(Ok(0), |item| Ok(wire::read::<Item>(item.get())?.sequence))
}

impl Query {
    fn new(args: &TailArgs) -> Self {
        let given = [("type", &args.ty), ("source", &args.source), ("subject", &args.subject), ("correlation", &args.correlation)];
        let given = given.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", escaped(value.as_deref()?))));
        Self { filters: given.collect() }
    }

    fn path(&self, origin: &str) -> String {
        format!("/v1/events?{origin}{}", self.filters)
    }

    /// Each event from an origin to the end of the log as it stands.
    fn walk(&self, client: &Client, origin: &str, each: &mut impl FnMut(&RawValue) -> Result<ControlFlow<()>>) -> Result<()> {
        let mut origin = origin.to_owned();
        loop {
            let text = client.get(&format!("{}&limit={PAGE}", self.path(&origin)))?;
            let page: Page<u64> = wire::read(&text)?;
            for item in &page.items {
                if each(item)?.is_break() {
                    return Ok(());
                }
            }
            let Some(next) = page.next else { return Ok(()) };
            origin = format!("from={next}");
        }
    }

    /// The last events that are wanted, up to a sequence.
    fn last(&self, client: &Client, n: usize, end: u64) -> Result<VecDeque<(u64, Box<RawValue>)>> {
        let mut kept = VecDeque::new();
        if n == 0 {
            return Ok(kept);
        }
        let near = if self.filters.is_empty() { n } else { n.max(LOOKED_AT_FIRST) };
        for origin in [format!("last={near}"), "from=beginning".to_owned()] {
            kept.clear();
            self.walk(client, &origin, &mut |item| {
                let sequence = wire::read::<Item>(item.get())?.sequence;
                if sequence <= end {
                    kept.push_back((sequence, item.to_owned()));
                    kept.drain(..kept.len().saturating_sub(n));
                }
                Ok(ControlFlow::Continue(()))
            })?;
            if kept.len() == n || self.filters.is_empty() {
                break;
            }
        }
        Ok(kept)
    }
}

fn show(item: &RawValue, out: &mut Out) -> Result<()> {
    if out.json {
        return out.line(&wire::one_line(item.get()));
    }
    out.cut_line(&line(&wire::read(item.get())?))
}

fn line(item: &Item) -> String {
    let Item { sequence, accepted, event } = item;
    let subject = event.subject.as_deref().unwrap_or("-");
    let columns = format!("{sequence:>6}  {}  {:<28}  {:<12}  {}", moment(accepted), event.ty, subject, cut(&event.id, ID_SHOWN));
    shown(format!("{columns}  {}", event.data_line()).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stands_on_one_line() {
        let json = "{\"sequence\":7,\"accepted\":\"2026-11-21T07:08:09.123456789Z\",\"event\":{\"id\":\"1\",\"source\":\"/s\",\"type\":\"a.b.v1\",\
                    \"subject\":\"o\\u001b1\",\"data\":{ \"n\" :\n 1 }}}";
        let item = wire::read(json).unwrap();
        assert_eq!(line(&item), "     7  2026-11-21T07:08:09.123Z  a.b.v1                        o\\u{1b}1           1  {\"n\":1}");
    }
}
