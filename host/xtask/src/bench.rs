//! `cargo xtask bench`: how many durable events a second, and what they cost where there are very many.

use crate::{Error, House, Result, house, plugins, process};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask bench [settle|backlog|parked|counter] [EVENTS]

Measures on the disk of the temporary folder; set TMPDIR for another. Ends with a table: each ratio is against
something measured in the same run.

  settle    (the default; 100000 events) Publishes events of 1 KiB by 1,000 producers at a time, each waiting for its
            receipt, until the last one is settled: by a native handler, and by a Wasm one. In the same run it appends
            the same bytes to a bare file, with fdatasync and group commit.
  backlog   (1000000 events) One subscription is slow, and ever further behind: what that costs another one, and the
            host in memory. Then a thousand subscriptions have it all before them: how often the log is read.
  parked    (1000000 events) A key is parked with all of these behind it: what other keys pay for that; then it is
            redriven, and flows in order. Takes some minutes.
  counter   (100000 events) 64 lanes add to one counter in a Wasm plugin's state: how often they overtake each other,
            and whether each event was counted once.

Example: cargo xtask bench backlog 200000";

/// A benchmark: what it is called, how many events it takes, and the guest that it runs, if any.
const BENCHES: [(&str, &str, Option<&str>); 4] =
    [("settle", "100000", Some("count_nothing")), ("backlog", "1000000", None), ("parked", "1000000", None), ("counter", "100000", Some("counts"))];

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    let named = args.first().and_then(|name| BENCHES.iter().find(|(bench, ..)| bench == name));
    let (name, default, guest) = named.unwrap_or(&BENCHES[0]);
    let events = match &args[usize::from(named.is_some())..] {
        [] => default,
        [events] if events.parse::<u32>().is_ok() => events.as_str(),
        rest => return Err(Error::UnknownArgument { task: "bench", argument: rest.join(" ") }),
    };
    let mut cargo = Command::new(house::cargo());
    cargo.args(["bench", "--package", "oyez", "--bench", name, "--", events]).current_dir(&house.root);
    if let Some(guest) = guest {
        plugins::build(house)?;
        cargo.arg(house.root.join(format!("plugins/dist/guests/{guest}.wasm")));
    }
    process::run(&mut cargo)
}
