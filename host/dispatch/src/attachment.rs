//! A subscription as the runtime hands it over, and what it has in hand.

use oyez_engine::Progress;
use oyez_model::port::Handler;
use oyez_model::{Limits, Recorded, Sequence, SubscriptionSpec, Timestamp, Version};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What runs for a subscription.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The code.
    pub handler: Arc<dyn Handler>,
    /// Its build; nothing for a native handler.
    pub version: Option<Version>,
    /// It may keep state: its runs are serialisable transactions.
    pub state: bool,
    /// Sources that its emissions may have, beside its own.
    pub sources: Arc<BTreeSet<String>>,
}

/// A delivery with a row, taken up again.
#[derive(Clone, Debug)]
pub struct Reopened {
    /// The event.
    pub recorded: Arc<Recorded>,
    /// Counted from 0.
    pub round: u32,
    /// So far, in this round.
    pub attempts: u32,
    /// When the next attempt is due; at once if it does not say.
    pub due: Option<Timestamp>,
}

/// How a rebuild's subscription differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilding {
    /// The last place that is for it.
    pub until: Sequence,
    /// What it emits goes into the log.
    pub emit: bool,
}

/// A subscription that is to run from here on, with all that decides how.
#[derive(Debug)]
pub struct Attachment {
    /// How far it is, by the engine. Of one that runs already only the epochs count.
    pub progress: Progress,
    /// Its rows that wait.
    pub open: Vec<Reopened>,
    /// Its policy.
    pub spec: SubscriptionSpec,
    /// What its emissions may come to.
    pub limits: Limits,
    /// What runs.
    pub runner: Runner,
    /// It takes events, and runs none.
    pub paused: bool,
    /// Of a rebuild: how it goes.
    pub rebuild: Option<Rebuilding>,
    /// Deliveries that ran when the host ended without warning: they run one at a time.
    pub suspects: BTreeSet<Sequence>,
}

/// What a subscription has in hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// At or below it, everything is settled or has a row.
    pub place: Sequence,
    /// Taken from the log, and not begun.
    pub pending: usize,
    /// Running, or being made durable.
    pub in_flight: usize,
    /// For their next attempt.
    pub waiting: usize,
}
