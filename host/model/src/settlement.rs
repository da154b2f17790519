//! How an attempt ended, and what it gave back.

use crate::StateChanges;
use minicbor::{Decode, Encode};
use oyez_event::{AttributeValue, Data, Time};
use std::fmt;
use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[non_exhaustive]
pub enum Settlement {
    /// The handler is done: its state and emissions are written.
    #[n(0)]
    Completed,
    /// The handler asked for another attempt.
    #[n(1)]
    Retry,
    /// The handler will never take it, or gave back what cannot be an event.
    #[n(2)]
    Rejected,
    /// The guest trapped: unreachable, out of bounds, a panic, an exit.
    #[n(3)]
    Trapped,
    /// The attempt took longer than its `time`.
    #[n(4)]
    TimedOut,
    /// A limit: cpu, memory, emissions.
    #[n(5)]
    OverLimit,
}

impl Settlement {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Retry => "retry",
            Self::Rejected => "rejected",
            Self::Trapped => "trapped",
            Self::TimedOut => "timed-out",
            Self::OverLimit => "over-limit",
        }
    }
}

impl fmt::Display for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A new fact, given back by a handler and not yet checked. The host sets `id`, `correlationid` and `causationid`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Emission {
    /// The event's type.
    pub ty: String,
    /// Default: `/plugins/NAME`.
    pub source: Option<String>,
    /// The event's subject.
    pub subject: Option<String>,
    /// Default: the delivery's clock.
    pub time: Option<Time>,
    /// The media type of the data.
    pub datacontenttype: Option<String>,
    /// The schema of the data, an absolute URI.
    pub dataschema: Option<String>,
    /// Extension attributes.
    pub extensions: Vec<(String, AttributeValue)>,
    /// The data.
    pub data: Option<Data>,
    /// Options by name; one that the host does not know rejects the emission.
    pub options: Vec<(String, AttributeValue)>,
}

impl Emission {
    /// What its fields take, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let texts = [&self.source, &self.subject, &self.datacontenttype, &self.dataschema].into_iter().flatten();
        let extensions = self.extensions.iter().map(|(name, value)| name.len() + value.to_text().len());
        let data = self.data.as_ref().map_or(0, |data| data.as_bytes().len());
        self.ty.len() + texts.map(String::len).chain(extensions).sum::<usize>() + data
    }
}

/// What an attempt used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Cost {
    /// CPU time in nanoseconds.
    #[n(0)]
    pub cpu_nanos: u64,
    /// Wall time in nanoseconds, without queueing.
    #[n(1)]
    pub wall_nanos: u64,
    /// The most memory that it held, in bytes.
    #[n(2)]
    pub memory_bytes: u64,
    /// Within host calls that may take long, state and outgoing HTTP, in nanoseconds.
    #[n(3)]
    #[cbor(default)]
    pub host_nanos: u64,
    /// What it was given: the event, what it read of its state and got over HTTP, in bytes.
    #[n(4)]
    #[cbor(default)]
    pub bytes_in: u64,
    /// What it gave: emissions, what it wrote to its state and sent over HTTP, in bytes.
    #[n(5)]
    #[cbor(default)]
    pub bytes_out: u64,
}

impl Cost {
    /// The two together: sums, and the larger memory.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            cpu_nanos: self.cpu_nanos.saturating_add(other.cpu_nanos),
            wall_nanos: self.wall_nanos.saturating_add(other.wall_nanos),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            host_nanos: self.host_nanos.saturating_add(other.host_nanos),
            bytes_in: self.bytes_in.saturating_add(other.bytes_in),
            bytes_out: self.bytes_out.saturating_add(other.bytes_out),
        }
    }
}

/// What a handler's attempt came to, before anything is decided about it.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Done, with these new facts.
    Completed(Vec<Emission>),
    /// Again, after the wait that it asks for.
    Retry {
        /// Why.
        reason: String,
        /// How long to wait; the subscription's backoff if it does not say.
        after: Option<Duration>,
    },
    /// Never again.
    Rejected(String),
    /// The guest trapped.
    Trapped(String),
    /// Longer than its `time`.
    TimedOut(String),
    /// Over a limit.
    OverLimit(String),
}

impl Verdict {
    /// The settlement that it stands for.
    #[must_use]
    pub const fn settlement(&self) -> Settlement {
        match self {
            Self::Completed(_) => Settlement::Completed,
            Self::Retry { .. } => Settlement::Retry,
            Self::Rejected(_) => Settlement::Rejected,
            Self::Trapped(_) => Settlement::Trapped,
            Self::TimedOut(_) => Settlement::TimedOut,
            Self::OverLimit(_) => Settlement::OverLimit,
        }
    }
}

/// The host had no room: not an attempt, and not counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host has no room for an instance just now: {0}")]
pub struct Shortage(pub String);

/// The end of a run.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The handler ran.
    Settled {
        /// What it came to.
        verdict: Verdict,
        /// What it used.
        cost: Cost,
        /// What it read and wrote of its plugin's state.
        state: StateChanges,
        /// What it said: lines, the last ones; at most [`bounds::LOG_BYTES_MAX`](crate::bounds::LOG_BYTES_MAX).
        log: String,
    },
    /// Its reads were overtaken while it ran: it is void, and runs again at once; uncounted, unless it reached outside.
    Overtaken {
        /// It called somebody outside, who can't be uncalled.
        outside: bool,
    },
    /// It did not run: try again when there is room.
    NotRun(Shortage),
}

impl Outcome {
    /// A run that came to this, and touched no state.
    #[must_use]
    pub fn stateless(verdict: Verdict, cost: Cost) -> Self {
        Self::Settled { verdict, cost, state: StateChanges::default(), log: String::new() }
    }
}
