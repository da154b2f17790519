//! How long the log keeps what it has.

use crate::{Sequence, Timestamp};
use minicbor::{Decode, Encode};
use std::time::Duration;

/// How long the log keeps what it has. By default for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Events older than this may go. Default = none goes for its age.
    pub keep_age: Option<Duration>,
    /// The log is no longer than this, in bytes on the disk: the oldest goes. Default = it grows without limit.
    pub keep_bytes: Option<u64>,
    /// For how long a subscription that is behind holds events that would go for their age, counted from when they were accepted. Default = 7 d.
    pub hold: Duration,
    /// What happens where a subscription still needs what would go for the log's length.
    pub on_full: OnFull,
}

impl Default for Retention {
    fn default() -> Self {
        Self { keep_age: None, keep_bytes: None, hold: Duration::from_hours(7 * 24), on_full: OnFull::default() }
    }
}

/// What a log at its length does to subscriptions that are behind, and to producers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// The subscription misses what goes: a gap, recorded and counted. The default.
    #[default]
    Gap,
    /// Nothing goes that is needed; producers are refused until the subscription is further.
    Refuse,
}

/// Events that a subscription asked for and never gets: the log let go of them while it was behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Gap {
    /// The first place that it had not looked at.
    #[n(0)]
    pub from: Sequence,
    /// The last one that it passed over.
    #[n(1)]
    pub to: Sequence,
    /// How many events between them were for it.
    #[n(2)]
    pub events: u64,
    /// When it was made, or grew.
    #[n(3)]
    pub at: Timestamp,
}
