//! Puts each guest of the hostile corpus beside a good neighbour, and says what it tried, what stopped it and what it cost: `cargo xtask hostile`.

use indicatif::{ProgressBar, ProgressStyle};
use oyez_tests::hostile::{self, Options, Row};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: oyez-hostile [--only PART]... [--seconds S] [--rate N] [--bomb-bytes N] [--retries N]";

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error[unknown-argument]: {error}; {USAGE}");
            return ExitCode::from(2);
        }
    };
    let bar = ProgressBar::new(options.guests().len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos} of {len} guests ({eta} left)").expect("a template that holds"));
    println!("{}", Row::head());
    let done = hostile::run(&options, |row| {
        bar.suspend(|| println!("{row}"));
        bar.inc(1);
    });
    bar.finish_and_clear();
    match done {
        Ok(report) => {
            println!("{report}");
            if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error[hostile]: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let mut options = Options::default();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` has no value"))?;
        let wrong = |_| format!("`{arg}` is `{value}`, which is no number that it takes");
        match arg.as_str() {
            "--only" => options.only.push(value),
            "--seconds" => {
                let seconds: f64 = value.parse().map_err(|_| format!("`{value}` is no number of seconds"))?;
                options.window = Duration::try_from_secs_f64(seconds)?;
            }
            "--rate" => options.rate = value.parse().map_err(wrong)?,
            "--bomb-bytes" => options.bomb_bytes = value.parse().map_err(wrong)?,
            "--retries" => options.retries = value.parse().map_err(wrong)?,
            _ => return Err(format!("`{arg}` is no argument").into()),
        }
    }
    if options.guests().is_empty() {
        return Err("no guest's name holds what `--only` says".into());
    }
    Ok(options)
}
