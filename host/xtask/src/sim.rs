//! `cargo xtask sim`: the engine and the dispatcher, run from seeds beside a model.

use crate::{House, Result, house, process};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask sim [--seeds N] [--from SEED] [--mutant NAME]

Runs the engine and the dispatcher in worlds made from seeds, with power cuts, failing disks, slow and failing handlers
and swaps, beside a model that checks after each step that nothing is lost, doubled or out of order.

  --seeds N       how many (default 2000; `cargo xtask test` runs as many)
  --from SEED     the first one (default 0); a seed that failed repeats by `--from SEED --seeds 1`
  --mutant NAME   puts a bug in on purpose, and says after how many seeds it was found; `all` for one after the other

Example: cargo xtask sim --seeds 100000";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    let mut cargo = Command::new(house::cargo());
    process::run(cargo.args(["run", "--release", "--package", "oyez-sim", "--bin", "oyez-sim", "--"]).args(args).current_dir(&house.root))
}
