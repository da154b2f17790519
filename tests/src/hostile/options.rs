//! What is asked of a run of the corpus, and the run.

use super::flow::Flow;
use super::trial::Course;
use super::{CORPUS, Enemy, Report, Row, Stand, trial};
use crate::Result;
use std::time::Duration;

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only guests whose names hold one of these; none is all.
    pub only: Vec<String>,
    /// How long the neighbour is measured at least, alone and beside a guest. Longer beside one that is not stopped by then.
    pub window: Duration,
    /// Events of the neighbour's a second.
    pub rate: u32,
    /// How large bombs for the compiler are, in bytes.
    pub bomb_bytes: usize,
    /// How often a guest is tried again beside which the neighbour suffered.
    pub retries: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { only: Vec::new(), window: Duration::from_secs(2), rate: 100, bomb_bytes: 10 << 10, retries: 3 }
    }
}

impl Options {
    /// The guests that are asked for.
    #[must_use]
    pub fn guests(&self) -> Vec<&'static Enemy> {
        let wanted = |enemy: &&Enemy| self.only.is_empty() || self.only.iter().any(|part| enemy.name.contains(part.as_str()));
        CORPUS.iter().filter(wanted).collect()
    }
}

/// Puts each guest beside the neighbour in turn, in one host; `tell` gets each row as it comes.
///
/// # Errors
/// The host does not start, or is gone.
pub fn run(options: &Options, mut tell: impl FnMut(&Row)) -> Result<Report> {
    let mut stand = Stand::start()?;
    let flow = Flow::start(&stand.client(), options.rate)?;
    let (mut report, mut course) = (Report::default(), Course { events: 0..u64::MAX, calmest: None });
    for enemy in options.guests() {
        let row = trial::run(&mut stand, &flow, enemy, options, &mut course);
        let row = row.or_else(|error| {
            // What the host does not say any more, its end says.
            if stand.is_alive()? { Err(error) } else { Ok(Row { guest: enemy.name, tried: enemy.tries(), ..Row::default() }) }
        })?;
        tell(&row);
        let gone = !row.alive;
        report.rows.push(row);
        if gone {
            return Ok(report);
        }
    }
    drop(flow);
    stand.stop()?;
    Ok(report)
}
