//! What was done, and into what the kills fell.

use super::{Layer, Options, Phase};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What was done so far.
#[derive(Clone, Debug)]
pub struct Report {
    /// What lies below the host's log.
    pub layer: Layer,
    /// Where all plans come from.
    pub seed: u64,
    /// Kills so far.
    pub kills: u64,
    /// Kills by what the host was at; one may fall into several.
    pub phases: BTreeMap<Phase, u64>,
    /// Kills of a host that had itself been started after a kill before it listened.
    pub in_a_row: u64,
    /// Events accepted.
    pub events: u64,
    /// Events sent again, and told to be there already.
    pub duplicates: u64,
    /// Events that handlers emitted.
    pub emissions: u64,
    /// Attempts that asked for another one.
    pub retries: u64,
    /// Plugins replaced by another build while events flowed.
    pub swaps: u64,
    /// Plugins brought back.
    pub returns: u64,
    /// Dead letters delivered again; parked keys let go; deliveries dropped.
    pub redriven: u64,
    /// Parked keys let go past their dead letter.
    pub released: u64,
    /// Dead and parked deliveries dropped.
    pub dropped: u64,
    /// Starts that found a write that was never acknowledged, and cut it off.
    pub torn: u64,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            layer: options.layer,
            seed: options.seed,
            kills: 0,
            phases: BTreeMap::new(),
            in_a_row: 0,
            events: 0,
            duplicates: 0,
            emissions: 0,
            retries: 0,
            swaps: 0,
            returns: 0,
            redriven: 0,
            released: 0,
            dropped: 0,
            torn: 0,
            took: Duration::ZERO,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} kills {} in {} s, seed {}", self.kills, self.layer.meaning(), self.took.as_secs(), self.seed)?;
        writeln!(f, "  they fell into (one may fall into several):")?;
        for phase in Phase::ALL {
            writeln!(f, "  {:>7}  {}", self.phases.get(&phase).copied().unwrap_or(0), phase.as_str())?;
        }
        writeln!(f, "  {:>7}  followed one before which no host had listened", self.in_a_row)?;
        writeln!(f, "  {:>7}  left a write that was never acknowledged, cut off at the next start", self.torn)?;
        writeln!(f, "  meanwhile:")?;
        for (n, what) in [
            (self.events, "events accepted"),
            (self.duplicates, "sent again, and told apart as duplicates"),
            (self.emissions, "emissions"),
            (self.retries, "retries"),
            (self.swaps, "swaps of a plugin"),
            (self.returns, "returns of a plugin"),
            (self.redriven, "dead letters redriven"),
            (self.released, "parked keys released"),
            (self.dropped, "deliveries dropped"),
        ] {
            writeln!(f, "  {n:>7}  {what}")?;
        }
        Ok(())
    }
}

/// The one line that says it all: for reports of which none failed.
#[must_use]
pub fn summary(reports: &[Report]) -> String {
    let each = |report: &Report| format!("{} {}", report.kills, report.layer.meaning());
    let mut kills: Vec<String> = reports.iter().map(each).collect();
    if let Some(first) = kills.first_mut() {
        *first = first.replacen(' ', " kills ", 1);
    }
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    format!(
        "{}: 0 lost, 0 doubled, counters exact, order kept ({} events, {} emissions, {} retries, {} swaps)",
        kills.join(" and "),
        sum(|r| r.events),
        sum(|r| r.emissions),
        sum(|r| r.retries),
        sum(|r| r.swaps)
    )
}
