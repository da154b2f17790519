//! Many deliveries at once: those that are named, or that have something in common.

use crate::args::{DeadFilter, DeadSelection};
use crate::client::{Client, escaped};
use crate::error::{Failure, Result};
use crate::output::Out;
use crate::wire::{self, Page};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::time::{Duration, Instant};

/// Deliveries asked for at a time: each brings its event, of up to 900 KiB.
const PAGE: usize = 100;

/// Of which kind they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Their list.
    pub(crate) path: &'static str,
    /// The code of one that is gone.
    pub(crate) gone: &'static str,
}

#[derive(Debug, Deserialize)]
struct Named {
    id: String,
    subscription: String,
    sequence: u64,
}

#[derive(Debug, Deserialize)]
struct Placed {
    sequence: u64,
}

/// The place of the last event; 0 where there is none.
fn last(client: &Client) -> Result<u64> {
    let page: Page<u64> = wire::read(&client.get("/v1/events?last=1")?)?;
    page.items.last().map_or(Ok(0), |item| Ok(wire::read::<Placed>(item.get())?.sequence))
}

/// A page of a list.
fn page(client: &Client, path: &str, filter: &DeadFilter, after: Option<&str>, limit: usize) -> Result<Page<String>> {
    let DeadFilter { subscription, ty, key, since, until, error } = filter;
    let given = [("subscription", subscription), ("type", ty), ("key", key), ("since", since), ("until", until), ("error", error)];
    let given = given.into_iter().map(|(name, value)| (name, value.as_deref())).chain([("after", after)]);
    let given = given.filter_map(|(name, value)| Some(format!("&{name}={}", escaped(value?))));
    let text = client.get(&format!("{path}?limit={limit}{}", given.collect::<String>()))?;
    wire::read(&text)
}

/// The first so many of a list, and where to go on.
pub(crate) fn first(client: &Client, path: &str, filter: &DeadFilter, wanted: usize) -> Result<(Vec<Box<RawValue>>, Option<String>)> {
    let (mut items, mut next) = (Vec::new(), None);
    while items.len() < wanted {
        let found = page(client, path, filter, next.as_deref(), PAGE.min(wanted - items.len()))?;
        items.extend(found.items);
        next = found.next;
        if next.is_none() {
            break;
        }
    }
    Ok((items, next))
}

/// Each delivery of a selection, as the API gives it.
///
/// A filter is walked through by place, from the first to the last: one that comes back at once is not met twice.
pub(crate) fn walk(client: &Client, kind: Kind, selection: &DeadSelection, mut each: impl FnMut(&RawValue) -> Result<()>) -> Result<()> {
    selection.check()?;
    for id in &selection.ids {
        let text = client.get(&format!("{}/{}", kind.path, escaped(id)))?;
        each(wire::read(&text)?)?;
    }
    if !selection.ids.is_empty() {
        return Ok(());
    }
    // What is there now: what comes of it, a storm's next events say, is not meant.
    let end = last(client)?;
    let mut next = None;
    loop {
        let found = page(client, kind.path, &selection.filter, next.as_deref(), PAGE)?;
        for item in &found.items {
            if wire::read::<Placed>(item.get())?.sequence <= end {
                each(item)?;
            }
        }
        next = found.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

/// Does something to each delivery of a selection, and says to how many; or, as a dry run, which they are.
pub(crate) fn each(
    client: &Client,
    kind: Kind,
    selection: &DeadSelection,
    done: &str,
    act: impl Fn(&str) -> Result<()>,
    out: &mut Out,
) -> Result<()> {
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} {msg}").expect("the template is valid"));
    let bar = bar.with_message(done.to_owned());
    let mut rows = Vec::new();
    let walked = walk(client, kind, selection, |item| {
        let Named { id, subscription, sequence } = wire::read(item.get())?;
        if selection.dry_run {
            rows.push([id, subscription, sequence.to_string()]);
            return Ok(());
        }
        let begun = Instant::now();
        match act(&id) {
            Ok(()) => bar.inc(1),
            // Somebody else was quicker; or one before it in its lane took it along.
            Err(failure) if failure.code() == kind.gone && selection.ids.len() != 1 => return Ok(()),
            Err(failure) => return Err(failure),
        }
        if let Some(wait) = selection.rate {
            pause(wait.saturating_sub(begun.elapsed()));
        }
        Ok(())
    });
    walked.map_err(|failure| failure.in_context(|message| format!("{message} ({} {done} before it)", bar.position())))?;
    let n = bar.position();
    bar.finish_and_clear();
    if !selection.dry_run {
        return out.line(&if out.json { json!({ done: n }).to_string() } else { format!("{n} {done}") });
    }
    if out.json {
        let ids: Vec<_> = rows.iter().map(|[id, ..]| id).collect();
        return out.line(&json!({ done: 0, "matching": ids }).to_string());
    }
    out.table(["ID", "SUBSCRIPTION", "SEQUENCE"], &rows)?;
    out.line(&format!("{} would be {done}", rows.len()))
}

#[allow(clippy::disallowed_methods, reason = "a rate is kept by waiting")]
fn pause(wait: Duration) {
    std::thread::sleep(wait);
}

impl DeadSelection {
    /// Nothing is done to all of them unasked.
    fn check(&self) -> Result<()> {
        if self.ids.is_empty() && self.filter == DeadFilter::default() && !self.all {
            return Err(Failure::usage("wrong-usage", "say which: their ids, --subscription, --type, --key, --since, --until, --error, or --all"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_to_all_of_them_unasked() {
        let selection = |ids: &[&str], all| {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            DeadSelection { ids, filter: DeadFilter::default(), all, rate: None, dry_run: false }
        };
        assert_eq!(selection(&[], false).check().unwrap_err().exit(), 2);
        assert!(selection(&[], true).check().is_ok() && selection(&["1-2"], false).check().is_ok());
    }
}
