//! `oyez logs`: what handlers said, and what they say next.

use crate::args::LogsArgs;
use crate::client::{Client, escaped};
use crate::error::Result;
use crate::follow::follow;
use crate::output::{Out, moment, shown};
use crate::wire::{self, Page};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::ControlFlow;

const LAST_DEFAULT: usize = 100;

#[derive(Debug, Deserialize)]
struct Line {
    time: String,
    plugin: String,
    subscription: String,
    sequence: u64,
    attempt: u32,
    level: String,
    text: String,
}

/// Does it.
pub(crate) fn logs(args: &LogsArgs, out: &mut Out) -> Result<()> {
    let client = Client::new(&args.host)?;
    let given = [("plugin", &args.plugin), ("event", &args.event), ("level", &args.level)];
    let given: String = given.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", escaped(value.as_deref()?)))).collect();
    let path = format!("/v1/logs?limit={}{given}", args.number.unwrap_or(LAST_DEFAULT));
    if args.follow {
        return follow(&client, &path, "line", &mut |item| show(item, out).map(ControlFlow::Continue));
    }
    let text = client.get(&path)?;
    let page: Page<u64> = wire::read(&text)?;
    page.items.iter().try_for_each(|item| show(item, out))
}

fn show(item: &RawValue, out: &mut Out) -> Result<()> {
    if out.json {
        return out.line(&wire::one_line(item.get()));
    }
    out.line(&line(&wire::read(item.get())?))
}

/// Whole, however wide the terminal is: what a line says last may be what matters.
fn line(line: &Line) -> String {
    let Line { time, plugin, subscription, sequence, attempt, level, text } = line;
    shown(&format!("{}  {level:<5}  {plugin}/{subscription}  {sequence}#{attempt}  {text}", moment(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_steers_no_terminal() {
        let json = r#"{"line":7,"time":"2026-11-21T07:08:09.123456789Z","plugin":"billing/email","subscription":"on-order","sequence":42,
                       "event":"e","attempt":2,"level":"warn","text":"slow\u001b[2J\r"}"#;
        let expect = "2026-11-21T07:08:09.123Z  warn   billing/email/on-order  42#2  slow\\u{1b}[2J\\r";
        assert_eq!(line(&wire::read(json).unwrap()), expect);
    }
}
