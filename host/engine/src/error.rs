//! Why the engine says no.

use oyez_model::port::{LogError, ViewsError};
use oyez_model::{NameError, Sequence, StateLimit};

/// The log takes nothing more: the disk failed, it is damaged, or the host stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unavailable {
    /// `log-damaged`, `log-poisoned`, `disk-failed`, `disk-full`, `stopping`.
    pub code: &'static str,
    /// What happened, and what to do.
    pub message: String,
}

impl Unavailable {
    /// The views cannot be read.
    pub(crate) fn unreadable(error: &ViewsError) -> Self {
        Self { code: "views-unreadable", message: error.to_string() }
    }

    /// The host stops.
    #[must_use]
    pub fn stopping() -> Self {
        Self { code: "stopping", message: "the host is stopping: send it again to the next one".to_owned() }
    }

    pub(crate) fn from_log(error: &LogError) -> Self {
        let code = match error {
            LogError::Damaged(_) => "log-damaged",
            LogError::Full(_) => "disk-full",
            LogError::Io { .. } | LogError::Poisoned(_) => "disk-failed",
            _ => "log-poisoned",
        };
        Self { code, message: error.to_string() }
    }
}

/// Why events were not taken; none of the batch was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// It breaks a rule of CloudEvents, or a limit.
    #[error(transparent)]
    Invalid(#[from] oyez_event::Invalid),
    /// The same source and id came before, with other content.
    #[error(
        "the event `{id}` of `{source_uri}` was accepted as sequence {first} with another type, subject or data: give the new fact an id of its own"
    )]
    IdReused {
        /// The event's source.
        source_uri: String,
        /// The event's id.
        id: String,
        /// Where the first one lies.
        first: Sequence,
    },
    /// Another event of its source and subject came first.
    #[error(
        "the last event of `{source_uri}` about `{subject}` is at sequence {found}, not at {expected} as this one expects: read what came between, and decide anew"
    )]
    Unexpected {
        /// The event's source.
        source_uri: String,
        /// Its subject.
        subject: String,
        /// What the producer took for the last place.
        expected: Sequence,
        /// What it is; 0 where there is none.
        found: Sequence,
    },
    /// What is expected of an event without a subject.
    #[error("a sequence is expected of the event `{0}`, which has no subject: give it the subject whose history it goes on")]
    NoSubject(String),
    /// Only the host speaks for its plugins.
    #[error("the source `{0}` belongs to the plugins: choose one that does not begin with `/plugins/`")]
    ReservedSource(String),
    /// More than one frame holds.
    #[error("{events} events in a batch are over the limit of {max}: send them in several", max = oyez_model::bounds::BATCH_EVENTS_MAX)]
    BatchTooLarge {
        /// How many came.
        events: usize,
    },
    /// An event over the limit.
    #[error("the event `{id}` has {bytes} bytes, over the limit of {max}: send a reference to the data instead", max = oyez_model::bounds::EVENT_BYTES_MAX)]
    EventTooLarge {
        /// The event's id.
        id: String,
        /// Its size.
        bytes: usize,
    },
    /// Nothing is taken just now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl PublishError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.code(),
            Self::IdReused { .. } => "id-reused",
            Self::Unexpected { .. } => "unexpected-sequence",
            Self::NoSubject(_) => "missing-attribute",
            Self::ReservedSource(_) => "reserved-source",
            Self::BatchTooLarge { .. } => "batch-too-long",
            Self::EventTooLarge { .. } => "event-too-large",
            Self::Unavailable(u) => u.code,
        }
    }
}

/// Why a settlement was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// Somebody settled this delivery first, or this attempt was overtaken: drop the result.
    #[error("this attempt was settled before, or overtaken")]
    AlreadySettled,
    /// Something that it read of its plugin's state was written since: it is void, and runs again.
    #[error("what this attempt read of the state was overtaken")]
    Overtaken,
    /// What it writes is more than its plugin may keep. Nothing of it was written.
    #[error(transparent)]
    State(#[from] StateLimit),
    /// Nothing is taken just now; whether it was written is known after a restart.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// No such subscription.
    #[error("the host has never seen the subscription `{0}`")]
    UnknownSubscription(String),
    /// Not a dead letter (any more).
    #[error("there is no dead letter `{0}`: it may have been redriven or dropped; see `oyez dead list`")]
    NotDead(String),
    /// Not parked (any more).
    #[error("there is no parked delivery `{0}`: it may have gone on, or been dropped; see `oyez parked list`")]
    NotParked(String),
    /// No such plugin.
    #[error("there is no plugin `{0}`; see `oyez plugins list`")]
    NoSuchPlugin(String),
    /// Its settings say that it is paused.
    #[error("the plugin `{0}` is paused by its .toml: take out `paused = true` there")]
    PausedByFile(String),
    /// One is enough.
    #[error("the plugin `{0}` is being rebuilt: wait until that is over; see `oyez plugins show`")]
    Rebuilding(String),
    /// It is over, or never was.
    #[error("the plugin `{0}` is not being rebuilt")]
    NoRebuild(String),
    /// What a rebuild is to begin with is not there.
    #[error("sequence {from} is not in the log any more, which begins at {first}: rebuild from there, or from a copy")]
    Trimmed {
        /// What was asked for.
        from: Sequence,
        /// What there is.
        first: Sequence,
    },
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Nothing is taken just now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl ControlError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownSubscription(_) => "unknown-subscription",
            Self::NotDead(_) => "not-dead",
            Self::NotParked(_) => "not-parked",
            Self::NoSuchPlugin(_) => "no-such-plugin",
            Self::PausedByFile(_) => "paused-by-file",
            Self::Rebuilding(_) => "rebuilding",
            Self::NoRebuild(_) => "no-rebuild",
            Self::Trimmed { .. } => "not-in-the-log",
            Self::Name(_) => "invalid-name",
            Self::Unavailable(u) => u.code,
        }
    }
}
