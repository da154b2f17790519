//! The house's own tasks: `cargo xtask TASK`. Each is a line in the table and a module of its own.

mod bench;
mod build;
mod crash;
mod demo;
mod error;
mod fuzz;
mod hostile;
mod house;
mod languages;
mod plugins;
mod process;
mod sim;
mod steps;
mod test;
mod toolchain;
mod webhooks;

pub(crate) use error::{Error, Result};
use house::House;
use std::process::ExitCode;

/// A task: what it is called, what it is for, and what runs.
struct Task {
    name: &'static str,
    /// One line, for the list of all.
    about: &'static str,
    /// What `--help` shows.
    help: &'static str,
    run: fn(&House, &[String]) -> Result<()>,
}

const TASKS: &[Task] = &[
    Task { name: "demo", about: "set everything up, and watch a shop run on events", help: demo::HELP, run: demo::run },
    Task { name: "test", about: "set everything up, and run every test", help: test::HELP, run: test::run },
    Task { name: "bench", about: "measure events a second, against a raw append of the same bytes", help: bench::HELP, run: bench::run },
    Task { name: "sim", about: "run the engine and the dispatcher from seeds, beside a model", help: sim::HELP, run: sim::run },
    Task { name: "crash", about: "kill a host again and again under load, and look for what is lost", help: crash::HELP, run: crash::run },
    Task { name: "fuzz", about: "try the doors for strangers' bytes with bytes that a fuzzer makes up", help: fuzz::HELP, run: fuzz::run },
    Task { name: "hostile", about: "drop plugins written by an enemy beside a good neighbour", help: hostile::HELP, run: hostile::run },
    Task { name: "build", about: "compile a plugin of your own", help: build::HELP, run: build::run },
    Task { name: "languages", about: "build the tests' guests in JavaScript and Python", help: languages::HELP, run: languages::run },
    Task { name: "plugins", about: "build the plugins that ship, and the tests' guests", help: plugins::HELP, run: plugins::run },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error[{}]: {e}", e.code());
            ExitCode::from(if e.is_usage() { 2 } else { 1 })
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let asks_for_help = |arg: &String| matches!(arg.as_str(), "--help" | "-h" | "help");
    let Some((name, rest)) = args.split_first().filter(|(name, _)| !asks_for_help(name)) else {
        println!("{}", overview());
        return Ok(());
    };
    let task = TASKS
        .iter()
        .find(|task| task.name == name)
        .ok_or_else(|| Error::UnknownTask { name: name.clone(), known: TASKS.iter().map(|task| task.name).collect::<Vec<_>>().join(", ") })?;
    if rest.iter().any(asks_for_help) {
        println!("{}", task.help);
        return Ok(());
    }
    (task.run)(&House::find()?, rest)
}

fn overview() -> String {
    let lines = TASKS.iter().map(|task| format!("  {:<10} {}\n", task.name, task.about));
    format!("Usage: cargo xtask TASK [--help]\n\n{}", lines.collect::<String>())
}
