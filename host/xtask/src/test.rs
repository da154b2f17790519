//! `cargo xtask test`: all the set-up, then every test.

use crate::steps::Steps;
use crate::{Error, House, Result, demo, house, languages, plugins, process, webhooks};
use std::path::Path;
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask test

Sets up what the tests need (the guests, two of them in JavaScript by npm and in Python by pip, GitHub's
example webhooks by npm), then runs every test, the
linters and the documentation's build. Says how long each step took. CI runs the same.

Environment:
  OYEZ_CONFORMANCE=DIR   conformance material of CloudEvents (default: ../shared/conformance)
  and what `cargo xtask plugins --help` names

Example: cargo xtask test";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    if let Some(argument) = args.first() {
        return Err(Error::UnknownArgument { task: "test", argument: argument.clone() });
    }
    let cargo = |args: &[&str], folder: &Path| {
        let mut command = Command::new(house::cargo());
        command.args(args).current_dir(folder);
        command
    };
    let root = &house.root;
    let guests = root.join("plugins");
    let mut steps = Steps::new(10);
    steps.step("format", || {
        process::run(&mut cargo(&["fmt", "--all", "--check"], root))?;
        process::run(&mut cargo(&["fmt", "--all", "--check"], &guests))
    })?;
    steps.step("plugins and guests", || plugins::build(house))?;
    steps.step("guests in other languages", || languages::build(house))?;
    let payloads = steps.step("webhooks", || webhooks::fetch(house))?;
    let example = steps.step("build", || demo::program(house, &["--workspace", "--all-targets"], "github-webhooks"))?;
    steps.step("tests", || process::run(cargo(&["test", "--workspace", "--locked"], root).env("OYEZ_WEBHOOKS", &payloads)))?;
    steps.step("examples", || demo::webhooks(house, &example, &payloads))?;
    steps.step("tests of the plugins", || {
        process::run(cargo(&["test", "--workspace", "--locked", "--target-dir"], &guests).arg(&house.guests_target))
    })?;
    steps.step("lints", || process::run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"], root)))?;
    steps.step("documentation", || process::run(cargo(&["doc", "--workspace", "--no-deps", "--locked"], root).env("RUSTDOCFLAGS", "-D warnings")))?;
    steps.report("all tests passed");
    Ok(())
}
