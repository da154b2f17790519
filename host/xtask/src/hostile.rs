//! `cargo xtask hostile`: plugins written by an enemy, each beside a good neighbour, and what became of both.

use crate::steps::Steps;
use crate::{Error, House, Result, demo, plugins, process};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask hostile [--only PART]... [--seconds S] [--rate N] [--bomb-bytes N] [--retries N]

Starts one host with a good neighbour that gets events at a steady rate, and drops each guest of the corpus
(tests/hostile/guests: a file a guest, a guest a behaviour) beside it in turn: measured alone, then with the
guest, on the same host, which never restarts. Prints a row a guest:

  attempt   the longest cpu time of one of its attempts that were looked at
  held      cpu time that the host took more than without it, loading and compiling included
  peak, +   the most memory that the host held beside it, and how much more than before
  alone     99 of 100 of the neighbour's events were settled within this without it, measured from when they
  beside    were due; and beside it; and the ratio of the two
  stolen    how much of the machine's cores its own host, where it is a virtual one, kept for others meanwhile
  tries     a guest is tried again, for longer, where the ratio is over 2: other work on the machine does that too.
            All tries count together, but those of which over 1 % was stolen, which say nothing and are none of
            --retries; of such there are 8 at most
  lost      events of the neighbour's that were not taken or not settled, and attempts of its that failed

and what stopped it, and what it tried; last comes a summary. Ends with 1 if a guest did not come to exactly
what its file expects, if the neighbour lost anything or took more than twice as long after all tries, or if the
host ended.

  --only PART      only guests whose names hold this; may be given more than once
  --seconds S      how long each measurement takes at least (default: 2)
  --rate N         events of the neighbour's a second (default: 100)
  --bomb-bytes N   how large the bombs for the compiler are (default: 10240)
  --retries N      how often a guest is tried again (default: 3)

Example: cargo xtask hostile --only spin_ --only memory_ --seconds 5";

const TAKEN: [&str; 5] = ["--only", "--seconds", "--rate", "--bomb-bytes", "--retries"];

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    if let Some(unknown) = args.iter().step_by(2).find(|arg| !TAKEN.contains(&arg.as_str())) {
        return Err(Error::UnknownArgument { task: "hostile", argument: unknown.clone() });
    }
    let mut steps = Steps::new(3);
    steps.step("build the plugins", || plugins::build(house))?;
    let program = steps.step("build the host", || demo::program(house, &demo::PROGRAMS, "oyez-hostile"))?;
    steps.step("drop each guest beside the neighbour", || process::run(Command::new(program).args(args).current_dir(&house.root)))
}
