//! `cargo xtask demo`: a shop in events, from an empty folder to a causation tree.

mod host;
mod shop;

use crate::steps::Steps;
use crate::{Error, House, Result, house, plugins, process};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask demo [--keep]
       cargo xtask demo webhooks

Sets everything up, starts a host with an empty folder, drops plugins in one by one, publishes orders
over HTTP, drops a plugin into the running host, replaces one, removes one, and shows what happened:
who handled what, a causation tree, a dead letter delivered again.

  --keep     leave the host running, and say how to talk to it
  webhooks   329 real webhooks of GitHub (fetched by npm) published, routed and read back

The first run compiles the host and the plugins, which takes some minutes; later ones take seconds.

Example: cargo xtask demo --keep";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => shop(house, false),
        ["--keep"] => shop(house, true),
        ["webhooks"] => of_github(house),
        _ => Err(Error::UnknownArgument { task: "demo", argument: args.join(" ") }),
    }
}

fn shop(house: &House, keep: bool) -> Result<()> {
    let mut steps = Steps::new(3);
    steps.step("build the plugins", || plugins::build(house))?;
    let oyez = steps.step("build the host", || program(house, &PROGRAMS, "oyez"))?;
    steps.step("the shop", || shop::play(house, &oyez, keep))?;
    steps.report("the demo, set-up included");
    Ok(())
}

fn of_github(house: &House) -> Result<()> {
    let mut steps = Steps::new(4);
    steps.step("build the plugins", || plugins::build(house))?;
    let payloads = steps.step("fetch GitHub's example webhooks", || crate::webhooks::fetch(house))?;
    let example = steps.step("build the example", || program(house, &PROGRAMS, "github-webhooks"))?;
    steps.step("publish, route and read them back", || webhooks(house, &example, &payloads))?;
    steps.report("the demo, set-up included");
    Ok(())
}

/// Runs the example of the webhooks.
///
/// # Errors
/// It ends badly.
pub(crate) fn webhooks(house: &House, example: &Path, payloads: &Path) -> Result<()> {
    process::run(Command::new(example).arg(payloads).arg(house.root.join("plugins/dist/github-triage.wasm")).current_dir(&house.root))
}

/// What `demo` and `crash` build of the workspace: all programs, so that features are the same whichever of them runs, and nothing is built twice.
pub(crate) const PROGRAMS: [&str; 2] = ["--workspace", "--bins"];

/// Builds a part of the workspace, and says where one of its programs is.
///
/// # Errors
/// The build fails.
pub(crate) fn program(house: &House, part: &[&str], name: &str) -> Result<PathBuf> {
    let mut cargo = Command::new(house::cargo());
    cargo.arg("build").args(part).args(["--locked", "--message-format=json-render-diagnostics"]).current_dir(&house.root);
    let mut executable = None;
    process::each_line(&mut cargo, |line| {
        let message: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let is_it = message["target"]["name"] == name && message["profile"]["test"] == false;
        executable = message["executable"].as_str().filter(|_| is_it).map(PathBuf::from).or(executable.take());
        Ok(())
    })?;
    executable.ok_or_else(|| Error::Unreadable { command: "cargo build".to_owned(), what: format!("no executable `{name}`") })
}
