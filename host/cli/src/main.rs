//! The binary `oyez`: `run` is a host in this process, all else speaks to a running one over HTTP.
//!
//! ```text
//! args -> command -> client | run -> output
//! ```

mod args;
mod client;
mod config;
mod cost;
mod dead;
mod emit;
mod environment;
mod error;
mod follow;
mod help;
mod inspect;
mod logging;
mod logs;
mod network;
mod not_yet;
mod output;
mod parked;
mod plugins;
mod reload;
mod run;
mod selection;
mod settings;
mod sign;
mod tail;
mod token;
mod trace;
mod wire;

use args::{Args, Command};
use error::Result;
use output::Out;
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = args::parse().and_then(|args| args.map_or(Ok(ExitCode::SUCCESS), do_it));
    done.unwrap_or_else(|failure| failure.report())
}

fn do_it(args: Args) -> Result<ExitCode> {
    let mut out = Out::new(args.json);
    let done = match args.command {
        Command::CompileWorker { args } => return Ok(oyez::compile_worker(&args)),
        Command::Run(run) => run::run(&run, &mut out),
        Command::Emit(emit) => emit::emit(&emit, &mut out),
        Command::Tail(tail) => tail::tail(&tail, &mut out),
        Command::Trace(trace) => trace::trace(&trace, &mut out),
        Command::Logs(logs) => logs::logs(&logs, &mut out),
        Command::Plugins(plugins) => plugins::plugins(&plugins, &mut out),
        Command::Dead(dead) => dead::dead(&dead, &mut out),
        Command::Parked(parked) => parked::parked(&parked, &mut out),
        Command::Inspect(inspect) => inspect::inspect(&inspect, &mut out),
        Command::Config(config) => config::config(&config, &mut out),
        Command::Sign(sign) => sign::sign(&sign, &mut out),
        Command::Token(token) => token::token(&token, &mut out),
        Command::Help(help) => help::help(&help.topic, &mut out),
        Command::Other(words) => Err(not_yet::command(&words, &args::command())),
    };
    done.map(|()| ExitCode::SUCCESS)
}
