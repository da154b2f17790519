//! Kills a host at random moments under load, and holds what it does against what its producers were told: `cargo xtask crash`.

use indicatif::{ProgressBar, ProgressStyle};
use oyez_tests::crash::{self, Layer, Options, Report};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: oyez-crash [--rounds N] [--seed S] [--layer disk|withholding|forgetful]... [--seconds-per-round S]";

fn main() -> ExitCode {
    let asked = match parse(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("error[unknown-argument]: {error}; {USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut reports = Vec::new();
    for options in asked {
        match kill(&options) {
            Ok(report) => {
                println!("{report}");
                reports.push(report);
            }
            Err(failed) => {
                eprintln!("error[crash]: {failed}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{}", crash::summary(&reports));
    ExitCode::SUCCESS
}

/// What is asked for: one trial a layer, on disk and then with nothing unsynced left unless others are named.
fn parse(mut args: impl Iterator<Item = String>) -> Result<Vec<Options>, Box<dyn Error>> {
    let (mut options, mut layers) = (Options::default(), Vec::new());
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` has no value"))?;
        let wrong = |_| format!("`{arg}` is `{value}`, which is no number that it takes");
        match arg.as_str() {
            "--rounds" => options.rounds = value.parse().map_err(wrong)?,
            "--seed" => options.seed = value.parse().map_err(wrong)?,
            "--layer" => layers.push(value.parse::<Layer>()?),
            "--seconds-per-round" => {
                let seconds: f64 = value.parse().map_err(|_| format!("`{value}` is no number of seconds"))?;
                options.round = Duration::try_from_secs_f64(seconds)?;
            }
            _ => return Err(format!("`{arg}` is no argument").into()),
        }
    }
    if layers.is_empty() {
        layers = vec![Layer::Disk, Layer::Withholding];
    }
    Ok(layers.into_iter().map(|layer| Options { layer, ..options.clone() }).collect())
}

fn kill(options: &Options) -> Result<Report, crash::Failed> {
    let bar = ProgressBar::new(options.rounds as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} kills {msg} ({eta} left)").expect("a template that holds");
    bar.set_style(style);
    let done = crash::run(options, |report| {
        bar.set_position(report.kills);
        bar.set_message(format!("{}: {} events, {} emissions", report.layer, report.events, report.emissions));
    });
    bar.finish_and_clear();
    done
}
