//! `oyez-sim`: many worlds, one after the other, until one breaks a law.

use indicatif::{ProgressBar, ProgressStyle};
use oyez_sim::{Failure, Mutant, Report, run};
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Usage: oyez-sim [--seeds N] [--from SEED] [--mutant NAME]

Runs the engine and the dispatcher from seeds, beside a model that checks every step.

Options:
  --seeds N       how many seeds (default: 2000)
  --from SEED     the first one (default: 0); a seed that failed repeats by `--from SEED --seeds 1`
  --mutant NAME   puts a bug in on purpose, and says after how many seeds it was found
                  (`all` takes one after the other)";

/// What is asked for.
struct Options {
    seeds: u64,
    from: u64,
    mutants: Vec<Mutant>,
}

/// What a run of many seeds came to.
#[derive(Default)]
struct Tally {
    seeds: u64,
    total: Report,
    failure: Option<Failure>,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { seeds: 2_000, from: 0, mutants: Vec::new() };
    while let Some(argument) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{argument}` needs a value"))?;
        let number = || value.parse().map_err(|_| format!("`{value}` is no number"));
        match argument.as_str() {
            "--seeds" => options.seeds = number()?,
            "--from" => options.from = number()?,
            "--mutant" if value == "all" => options.mutants.extend(Mutant::ALL),
            "--mutant" => options.mutants.push(value.parse().map_err(|error: oyez_sim::UnknownMutant| error.to_string())?),
            _ => return Err(format!("there is no option `{argument}`")),
        }
    }
    Ok(options)
}

fn bar(seeds: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} seeds  {per_sec}  {eta} left  {msg}").expect("a template");
    ProgressBar::new(seeds).with_style(style)
}

fn simulate(options: &Options, mutant: Option<Mutant>) -> Tally {
    let bar = bar(options.seeds);
    bar.set_message(mutant.map_or("", Mutant::name));
    let mut tally = Tally::default();
    for seed in (options.from..).take(usize::try_from(options.seeds).unwrap_or(usize::MAX)) {
        tally.seeds += 1;
        match run(seed, mutant) {
            Ok(report) => tally.total += report,
            Err(failure) => {
                tally.failure = Some(failure);
                break;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    tally
}

/// Every law holds in every world; if not, says where it does not.
fn check(options: &Options) -> bool {
    let begun = Instant::now();
    let Tally { seeds, total, failure } = simulate(options, None);
    if let Some(failure) = &failure {
        println!("{}\n{failure}\nrepeat it: oyez-sim --from {} --seeds 1", failure.story.join("\n"), failure.seed);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{}: {seeds} seeds, {} events, {} settlements, {} parkings, {} runs overtaken, {} power cuts, {} restarts, {} steps in {seconds:.1} s, {:.0} steps a second",
        if failure.is_none() { "ok" } else { "FAILED" },
        total.events,
        total.settled,
        total.parked,
        total.overtaken,
        total.crashes,
        total.restarts,
        total.steps,
        total.steps as f64 / seconds
    );
    failure.is_none()
}

/// The bug is found.
fn hunt(options: &Options, mutant: Mutant) -> bool {
    let Tally { seeds, failure, .. } = simulate(options, Some(mutant));
    match &failure {
        Some(failure) => println!("{}: found after {seeds} seeds ({failure})", mutant.name()),
        None => println!("{}: NOT found in {seeds} seeds", mutant.name()),
    }
    failure.is_some()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let options = match parse(args.into_iter()) {
        Ok(options) => options,
        Err(what) => {
            eprintln!("error: {what}: see `oyez-sim --help`");
            return ExitCode::from(2);
        }
    };
    let passed = if options.mutants.is_empty() {
        check(&options)
    } else {
        let found: Vec<_> = options.mutants.iter().map(|mutant| hunt(&options, *mutant)).collect();
        found.into_iter().all(|found| found)
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
