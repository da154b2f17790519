//! The binary `oyez`: arguments, settings and logging around the crate, and a client of the HTTP API.

mod args;
mod client;
mod dead;
mod emit;
mod failure;
mod help;
mod plugins;
mod print;
mod run;
mod settings;
mod tail;
mod trace;

use args::{Args, Command};
use clap::Parser;
use failure::Result;
use std::process::ExitCode;

fn main() -> ExitCode {
    match perform(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn perform(args: Args) -> Result<()> {
    let client = client::Client::new(&args.connection);
    let json = args.json;
    match args.command {
        Command::Run(options) => run::run(options),
        Command::Emit(options) => emit::emit(&client, options, json),
        Command::Tail(options) => tail::tail(&client, &options, json),
        Command::Trace(options) => trace::trace(&client, &options, json),
        Command::Plugins { command } => plugins::plugins(&client, command, json),
        Command::Dead { command } => dead::dead(&client, command, json),
        Command::Help { topic } => help::help(topic.as_deref()),
        Command::Other(words) => Err(help::unknown_command(&words)),
    }
}
