//! `cargo xtask crash`: a host killed at random moments under load, and held against what its producers were told.

use crate::steps::Steps;
use crate::{Error, House, Result, demo, plugins, process};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask crash [--rounds N] [--seed S] [--seconds-per-round S] [--layer LAYER]...

Kills a host with kill -9 at random moments while producers publish, plugins chain, retry, count in state,
park keys, are swapped, removed and brought back; starts it again, and compares its log with the receipts
that the producers hold. Does so on the disk, and then over a file layer that loses what was not synced.
Says what the host was at when it was killed, and ends with a summary. Ends with 1 if anything was lost or
doubled, miscounted or out of order, and names the seed and the kill after which that was found.

  --rounds N             kills on each layer (default: 200, some ten minutes a layer)
  --seed S               where the plan comes from (default: another one each time)
  --seconds-per-round S  the longest that most hosts live (default: 2.5)
  --layer LAYER          disk, withholding (what was not synced is lost), or forgetful (the same, and syncing
                         is taken out: it must fail); may be given more than once (default: the first two)

Example: cargo xtask crash --rounds 20 --seed 7";

const TAKEN: [&str; 4] = ["--rounds", "--seed", "--seconds-per-round", "--layer"];

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    if let Some(unknown) = args.iter().step_by(2).find(|arg| !TAKEN.contains(&arg.as_str())) {
        return Err(Error::UnknownArgument { task: "crash", argument: unknown.clone() });
    }
    let mut steps = Steps::new(3);
    steps.step("build the plugins", || plugins::build(house))?;
    let program = steps.step("build the host", || demo::program(house, &demo::PROGRAMS, "oyez-crash"))?;
    steps.step("kill it", || process::run(Command::new(program).args(args).current_dir(&house.root)))
}
