//! What the writer is asked to do, and what it answers.

use crate::error::{ControlError, PublishError, SettleError};
use crate::rebuild::Wish;
use oyez_event::Event;
use oyez_model::{Filter, Lane, Ordering, PluginName, Recorded, Sequence, Settle, StateReads, SubscriptionId, SubscriptionNumber, Version};
use std::sync::Arc;

/// Where an answer goes. Called once, on the writer's thread: it must not block.
pub type Reply<T> = Box<dyn FnOnce(T) + Send>;

/// What a producer gets for an event, once it would outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its place, or its twin's.
    pub sequence: Sequence,
    /// It was there already.
    pub duplicate: bool,
}

/// A settlement that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The settle's own place; emissions follow it.
    pub sequence: Sequence,
}

/// On what terms a settlement touches its plugin's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateTerms {
    /// What its run saw. If any of it is otherwise now, the settlement is refused as overtaken.
    pub reads: StateReads,
    /// What all of the plugin's state may come to, in bytes.
    pub bytes_max: u64,
}

/// Something for the writer to do.
pub enum Request {
    /// Take these events: all or none.
    Publish {
        /// One event or more.
        events: Vec<Event>,
        /// What the producer of a single event takes for the last place of its source and subject; 0 for none.
        expected: Option<Sequence>,
        /// A receipt an event.
        reply: Reply<Result<Vec<Receipt>, PublishError>>,
    },
    /// Write one attempt's outcome.
    Settle {
        /// The outcome.
        settle: Box<Settle>,
        /// On what terms it touches its plugin's state.
        state: StateTerms,
        /// The event that it is about.
        recorded: Arc<Recorded>,
        /// Whether it counts.
        reply: Reply<Result<Settled, SettleError>>,
    },
    /// Begin an epoch, unless the subscription's last one says the same.
    Subscribe {
        /// Who.
        id: SubscriptionId,
        /// What it takes.
        filters: Vec<Filter>,
        /// In which order.
        ordering: Ordering,
        /// For one never seen before; nothing is the epoch's own place.
        place: Option<Sequence>,
        /// Its number.
        reply: Reply<Result<SubscriptionNumber, ControlError>>,
    },
    /// Pass over what a subscription missed.
    PassOver {
        /// Whose.
        number: SubscriptionNumber,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Let a subscription miss what the log is about to let go of.
    Gap {
        /// Whose.
        number: SubscriptionNumber,
        /// Its new place.
        place: Sequence,
        /// How many of the events passed over were for it.
        events: u64,
        /// Those that it had taken, and gets all the same.
        kept: Vec<Sequence>,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Run another version from here on.
    Switch {
        /// Which plugin.
        plugin: PluginName,
        /// To what.
        version: Version,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Pause a plugin, or let it go on.
    Pause {
        /// Which plugin.
        plugin: PluginName,
        /// Whether it is to be.
        paused: bool,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Make a plugin's state anew.
    Rebuild {
        /// How.
        wish: Wish,
        /// When begun.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// End that.
    EndRebuild {
        /// Whose.
        plugin: PluginName,
        /// What was made takes the old state's place.
        keep: bool,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Deliver a dead letter again.
    Redrive {
        /// Whose.
        number: SubscriptionNumber,
        /// Of which event.
        sequence: Sequence,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Hold deliveries of a lane back.
    Park {
        /// Whose.
        number: SubscriptionNumber,
        /// Which lane.
        lane: Lane,
        /// Of which events, in order.
        sequences: Vec<Sequence>,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Let what is parked in a lane go on.
    Release {
        /// Whose.
        number: SubscriptionNumber,
        /// Which lane.
        lane: Lane,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
    /// Give a dead letter, or a parked delivery, up for good.
    Drop {
        /// Whose.
        number: SubscriptionNumber,
        /// Of which event.
        sequence: Sequence,
        /// When done.
        reply: Reply<Result<Sequence, ControlError>>,
    },
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Publish { .. } => "Publish",
            Self::Settle { .. } => "Settle",
            Self::Subscribe { .. } => "Subscribe",
            Self::PassOver { .. } => "PassOver",
            Self::Gap { .. } => "Gap",
            Self::Switch { .. } => "Switch",
            Self::Pause { .. } => "Pause",
            Self::Rebuild { .. } => "Rebuild",
            Self::EndRebuild { .. } => "EndRebuild",
            Self::Redrive { .. } => "Redrive",
            Self::Park { .. } => "Park",
            Self::Release { .. } => "Release",
            Self::Drop { .. } => "Drop",
        })
    }
}
