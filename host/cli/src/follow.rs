//! Following a stream through lost connections: it goes on after the last of it that was seen.

mod frames;

use crate::client::Client;
use crate::error::{Failure, Result};
use crate::wire;
use frames::Frames;
use serde_json::value::RawValue;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Duration;

const WAIT_FIRST: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Shows each item of a stream, for ever, or until `each` has enough. `what` is what its ids number.
pub(crate) fn follow(client: &Client, path: &str, what: &str, each: &mut impl FnMut(&RawValue) -> Result<ControlFlow<()>>) -> Result<()> {
    let (mut last, mut wait) = (None, WAIT_FIRST);
    let mut stream = client.stream(path, last)?;
    loop {
        for frame in Frames(stream).map_while(std::result::Result::ok) {
            wait = WAIT_FIRST;
            if each(wire::read(&frame.data)?)?.is_break() {
                return Ok(());
            }
            last = frame.id.or(last);
        }
        say(&format!("the connection was lost after {}; trying again", last.map_or_else(|| "its start".to_owned(), |last| format!("{what} {last}"))));
        stream = loop {
            pause(wait);
            wait = (wait * 2).min(WAIT_MAX);
            match client.stream(path, last) {
                Ok(stream) => break stream,
                Err(failure) if passes(&failure) => {}
                Err(failure) => return Err(failure),
            }
        };
        say("connected again");
    }
}

/// Whether it is worth trying again.
fn passes(failure: &Failure) -> bool {
    ["host-unreachable", "stopping", "starting"].contains(&failure.code())
}

fn say(what: &str) {
    // Nobody may be left to tell.
    let _ = writeln!(std::io::stderr(), "{what}");
}

#[allow(clippy::disallowed_methods, reason = "a host that is gone tells nobody that it comes back")]
fn pause(wait: Duration) {
    std::thread::sleep(wait);
}
