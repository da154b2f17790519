//! What one fact may set in motion before somebody has to look: the ground that storms are contained on.

use crate::Recorded;

/// The most that one causation tree may come to. Deliveries of what is emitted past it are parked, until an operator releases them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How far below the root an event may stand and be delivered. At least 1. Default = 64.
    pub depth: u32,
    /// How many emissions below one root are delivered. At least 1. Default = 10,000.
    pub total: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { depth: 64, total: 10_000 }
    }
}

/// Which of its limits a causation tree is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Too far below the root.
    #[error("it stands {depth} below its root, past the limit of {max}")]
    Depth {
        /// How far.
        depth: u32,
        /// The limit.
        max: u32,
    },
    /// Too many of one root.
    #[error("it is emission {nth} of its causation tree, past the limit of {max}")]
    Total {
        /// Which one.
        nth: u64,
        /// The limit.
        max: u64,
    },
}

impl Budget {
    /// Whether an event is past the budget of its tree. What a producer sent never is.
    #[must_use]
    pub fn excess(&self, recorded: &Recorded) -> Option<Excess> {
        let lineage = recorded.lineage?;
        if lineage.depth > self.depth {
            return Some(Excess::Depth { depth: lineage.depth, max: self.depth });
        }
        (lineage.nth > self.total).then_some(Excess::Total { nth: lineage.nth, max: self.total })
    }
}
