//! Kills, and what they leave: every event that a producer holds a receipt for is settled once by each subscription, and every emission
//! is in the log once. `cargo xtask crash` does the same for longer.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod damage;

use oyez_tests::crash::{Fault, Layer, Options, Report, run};
use std::time::Duration;

const ROUNDS: usize = 20;

fn options(layer: Layer) -> Options {
    Options { rounds: ROUNDS, layer, round: Duration::from_millis(1_200), ..Options::default() }
}

/// That nothing was found says little where nothing flowed.
fn check(report: &Report) {
    assert_eq!(report.kills, ROUNDS as u64);
    assert!(report.events > 100 * report.kills && report.emissions > report.events / 2 && report.retries > 0, "{report}");
}

#[test]
fn what_was_accepted_is_settled_once_through_twenty_kills() {
    check(&run(&options(Layer::Disk), |_| {}).unwrap_or_else(|failed| panic!("{failed}")));
}

#[test]
fn what_was_accepted_is_settled_once_where_nothing_unsynced_outlives_the_kill() {
    check(&run(&options(Layer::Withholding), |_| {}).unwrap_or_else(|failed| panic!("{failed}")));
}

#[test]
fn with_the_sync_taken_out_the_same_test_fails() {
    let failed = run(&options(Layer::Forgetful), |_| {}).unwrap_err();
    // The log says another thing than the receipts; or the views remember more than it.
    let found = match failed.error.downcast_ref() {
        Some(Fault::Broken(what)) => what.contains("the log ends before"),
        Some(fault) => matches!(fault, Fault::Lost(_) | Fault::Lied(_)),
        None => false,
    };
    assert!(found, "{failed}");
    std::fs::remove_dir_all(failed.folder).unwrap();
}
