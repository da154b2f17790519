//! What is wrong with a world, in words.

use std::fmt;

/// A law that was broken, and how.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

/// The model's word on a step.
pub(crate) type Check<T = ()> = Result<T, Broken>;

/// Returns what is broken unless a law holds.
macro_rules! ensure {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err($crate::broken::Broken(format!($($words)+)));
        }
    };
}
pub(crate) use ensure;

/// A seed whose world broke a law. It repeats exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which world.
    pub seed: u64,
    /// Where in its life.
    pub step: u64,
    /// What broke.
    pub what: String,
    /// What happened before, oldest first.
    pub story: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, step {}: {}", self.seed, self.step, self.what)
    }
}
