//! `cargo xtask fuzz`: the doors that strangers' bytes come in by, each with bytes that the fuzzer makes up.

use crate::{Error, House, Result, process};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
Usage: cargo xtask fuzz [TARGET] [--seconds N]

Runs one target, or each in turn, with cargo-fuzz on a nightly toolchain: `cargo install cargo-fuzz`, `rustup toolchain add nightly`.
It begins with what lies in tests/fuzz/corpora, and keeps what it finds on the way in the target folder. Bytes that make a target fail
are named at the end: put them into its corpus with the mend, and each test run tries them again.

Targets: http, json, settings, frames, boundary, component

  --seconds N     how long each runs (default 1200)

Example: cargo xtask fuzz frames --seconds 60";

/// Each target, and whether it needs the sandbox built.
const TARGETS: &[(&str, bool)] = &[("http", false), ("json", false), ("settings", false), ("frames", false), ("boundary", true), ("component", true)];
const SECONDS: &str = "1200";

/// Runs the task.
pub(crate) fn run(house: &House, args: &[String]) -> Result<()> {
    let (mut chosen, mut seconds) = (None, SECONDS);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let unknown = || Error::UnknownArgument { task: "fuzz", argument: arg.clone() };
        if arg == "--seconds" {
            seconds = args.next().filter(|seconds| seconds.parse::<u32>().is_ok()).ok_or_else(unknown)?;
        } else {
            chosen = Some(*TARGETS.iter().find(|(name, _)| name == arg).ok_or_else(unknown)?);
        }
    }
    let chosen = chosen.map_or_else(|| TARGETS.to_vec(), |target| vec![target]);
    chosen.into_iter().try_for_each(|(target, sandbox)| one(house, target, sandbox, seconds))
}

fn one(house: &House, target: &str, sandbox: bool, seconds: &str) -> Result<()> {
    let found = house.root.join("target/fuzz").join(target);
    let make = |path: &Path| fs::create_dir_all(path).map_err(|source| Error::Io { path: path.to_owned(), source });
    make(&found.join("corpus"))?;
    make(&found.join("artifacts"))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz/libfuzzer", "--sanitizer", "none"]);
    if sandbox {
        cargo.args(["--features", "sandbox"]);
    }
    cargo.arg(target).arg(found.join("corpus")).arg(house.root.join("tests/fuzz/corpora").join(target));
    // A change of what cargo was called by must not choose another toolchain than the one above.
    cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").current_dir(&house.root);
    cargo.args(["--", "-rss_limit_mb=2048", "-timeout=30", "-max_len=16384", "-print_final_stats=1"]);
    cargo.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.join("artifacts").display()));
    process::run(&mut cargo)
}
