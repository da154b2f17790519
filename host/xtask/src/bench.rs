//! `cargo xtask bench`: how many durable events a second, and how many a bare file takes.

use crate::{Error, House, Result, house, plugins, process};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask bench [EVENTS]

Publishes EVENTS (default 100000) events of 1 KiB by 1,000 producers at a time, each waiting for its receipt,
and measures until the last one is settled: by a native handler, and by a Wasm one. In the same run it
appends the same bytes to a bare file, with fdatasync and group commit. Takes the disk of the temporary
folder; set TMPDIR for another.

Example: cargo xtask bench 20000";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    let events = match args {
        [] => "100000",
        [events] if events.parse::<u32>().is_ok() => events,
        _ => return Err(Error::UnknownArgument { task: "bench", argument: args.join(" ") }),
    };
    plugins::build(house)?;
    let mut cargo = Command::new(house::cargo());
    cargo.args(["bench", "--package", "oyez", "--bench", "settle", "--", events]);
    process::run(cargo.arg(house.root.join("plugins/dist/guests/count_nothing.wasm")).current_dir(&house.root))
}
