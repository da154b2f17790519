//! Every law holds in every world, and the model sees it when one does not.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_sim::{Mutant, Report, run};

/// Seeds that CI runs; `oyez-sim` runs more.
const SEEDS: u64 = 2_000;
/// Seeds within which every mutant is found: ten times as many as the shyest one took.
const FOUND_WITHIN: u64 = 450;

#[test]
fn nothing_is_lost_doubled_or_out_of_order_whatever_happens() {
    let mut total = Report::default();
    for seed in 0..SEEDS {
        match run(seed, None) {
            Ok(report) => total += report,
            Err(failure) => panic!("{}\n{failure}", failure.story.join("\n")),
        }
    }
    // That nothing breaks where nothing happens says little.
    let Report { events, settled, parked, overtaken, redriven, passed_over, crashes, .. } = total;
    for (what, happened, at_least) in [
        ("events", events, 20 * SEEDS),
        ("settlements", settled, 20 * SEEDS),
        ("parkings", parked, 2 * SEEDS),
        ("runs that were overtaken", overtaken, SEEDS),
        ("deliveries that were redriven", redriven, SEEDS / 4),
        ("deliveries that were passed over", passed_over, SEEDS / 4),
        ("power cuts", crashes, 2 * SEEDS),
    ] {
        assert!(happened >= at_least, "only {happened} {what} in {SEEDS} worlds");
    }
}

#[test]
fn every_mutant_is_found() {
    for mutant in Mutant::ALL {
        let found = (0..FOUND_WITHIN).find(|seed| run(*seed, Some(mutant)).is_err());
        assert!(found.is_some(), "`{}` lives through {FOUND_WITHIN} seeds", mutant.name());
    }
}

#[test]
fn a_seed_repeats_exactly() {
    for seed in 0..50 {
        assert_eq!(run(seed, None), run(seed, None));
    }
    let failing = || (0..FOUND_WITHIN).find_map(|seed| run(seed, Some(Mutant::EmissionsInASecondFrame)).err());
    assert_eq!(failing().unwrap(), failing().unwrap());
}

#[test]
fn mutants_are_called_by_their_names() {
    for mutant in Mutant::ALL {
        assert_eq!(mutant.name().parse(), Ok(mutant));
    }
    assert!("parking-lifted-late".parse::<Mutant>().unwrap_err().to_string().contains("receipt-before-sync"));
}
