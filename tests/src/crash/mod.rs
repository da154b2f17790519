//! `cargo xtask crash`: a host is killed at random moments under load, started again, and held against what its producers were told.
//!
//! load -> kill -> start -> read the log -> compare. What producers hold are receipts (`load`); what the log must be is known without the
//! host (`model`); what an operator does meanwhile is noted before it is done (`operator`). The same seed makes the same plans; when the
//! machine carries them out is its own affair.

mod folder;
mod layer;
mod load;
mod log;
mod model;
mod operator;
mod phase;
mod report;
mod round;
mod signs;
mod trial;

pub use layer::Layer;
pub use model::Fault;
pub use phase::Phase;
pub use report::{Report, summary};

use std::path::PathBuf;
use std::time::Duration;
use trial::Trial;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Kills. Default = 200.
    pub rounds: usize,
    /// Where all plans come from. Default = another one each time.
    pub seed: u64,
    /// What lies below the host's log. Default = the disk.
    pub layer: Layer,
    /// How long a host lives at most before it is killed; those that load all their plugins first live longer. Default = 2.5 s.
    pub round: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { rounds: 200, seed: fastrand::u64(..), layer: Layer::Disk, round: Duration::from_millis(2_500) }
    }
}

/// A promise that was broken, or a host that could not be held against it.
#[derive(Debug)]
pub struct Failed {
    /// What was to be done.
    pub options: Options,
    /// The kills before it was found.
    pub kills: usize,
    /// What is wrong.
    pub error: Box<dyn std::error::Error + Send + Sync>,
    /// What the host left, with its log.
    pub folder: PathBuf,
}

impl std::error::Error for Failed {}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { options: Options { seed, layer, rounds, .. }, kills, error, folder } = self;
        write!(f, "{error} (seed {seed}, layer {layer}, found after {kills} of {rounds} kills; see {})", folder.display())
    }
}

/// Does it, and tells of each kill.
///
/// # Errors
/// A promise was broken; the folder is left as it is.
pub fn run(options: &Options, mut tell: impl FnMut(&Report)) -> Result<Report, Failed> {
    let failed = |kills, error, folder| Failed { options: options.clone(), kills, error, folder };
    let mut trial = Trial::prepare(options).map_err(|error| failed(0, error, PathBuf::new()))?;
    for kills in 0..=options.rounds {
        let done = if kills < options.rounds { trial.round() } else { trial.finish() };
        if let Err(error) = done {
            return Err(failed(kills, error, trial.keep()));
        }
        tell(trial.report());
    }
    Ok(trial.report().clone())
}
