//! What handlers say: a line, and who listens.

use crate::{PluginName, Sequence, SubscriptionName};
use std::fmt;
use std::sync::Arc;

/// How much a line matters, from the least up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For who looks for a fault, step by step.
    Trace,
    /// For who looks for a fault.
    Debug,
    /// What went on; all that is printed.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

impl Level {
    /// All of them, from the least up.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// A line that a handler said, or that the host says of what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub plugin: PluginName,
    /// In which of its subscriptions.
    pub subscription: SubscriptionName,
    /// About which event: its place.
    pub sequence: Sequence,
    /// And its id, shared by the lines of an attempt.
    pub event: Arc<str>,
    /// Counted from 1 within a round.
    pub attempt: u32,
    /// How much it matters.
    pub level: Level,
    /// The line, as it was said: control characters and all.
    pub text: String,
}

/// Who listens to what handlers say. Called at the end of an attempt, on the thread that ran it: it has to be quick, and not to wait.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Said) + Send + Sync>);

impl Listener {
    /// Somebody who is told each line.
    pub fn new(hear: impl Fn(Said) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// Tells a line.
    pub fn hear(&self, said: Said) {
        (self.0)(said);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_an_order_and_names() {
        assert!(Level::ALL.is_sorted() && Level::ALL.into_iter().all(|level| Level::parse(level.as_str()) == Some(level)));
        assert_eq!(Level::parse("INFO"), None);
    }
}
