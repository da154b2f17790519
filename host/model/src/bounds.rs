//! The limits that hold for everybody, and how they relate.

use crate::Unit;

/// One event, in bytes: so that it, its frame and its guards fit one message of any log store.
pub const EVENT_BYTES_MAX: usize = oyez_event::EVENT_BYTES_MAX;
/// One frame, in bytes: the largest that every log store takes.
pub const FRAME_BYTES_MAX: usize = 32 << 20;
/// Events in one batch.
pub const BATCH_EVENTS_MAX: usize = oyez_event::BATCH_EVENTS_MAX;
/// How far below the event that is asked for a trace goes.
pub const TRACE_DEPTH_MAX: u32 = 256;
/// A component, in bytes: what a host holds of it while it is loaded.
pub const COMPONENT_BYTES_MAX: usize = 64 << 20;
/// Emissions of one attempt, whatever a plugin's own limit says.
pub const EMISSIONS_MAX: usize = 900;
/// Matched deliveries of one subscription that are held in memory; past it the subscription leaves the tail and catches up from the log.
pub const OPEN_MAX: usize = 4096;
/// Below it the subscription is let back to the log.
pub const OPEN_LOW: usize = 1024;
/// Cursors that catch up side by side, each for all subscriptions at or after it.
pub const CURSORS_MAX: usize = 4;
/// The largest sequence: JSON's numbers are exact below 2^53.
pub const SEQUENCE_MAX: u64 = (1 << 53) - 1;
/// A reason that is kept with a settlement, in bytes; longer ones are cut.
pub const REASON_BYTES_MAX: usize = 4096;
/// What is kept of what a handler said in an attempt that did not complete, in bytes: its end.
pub const LOG_BYTES_MAX: usize = 4096;
/// Subscriptions of one plugin.
pub const SUBSCRIPTIONS_MAX: usize = 64;
/// Attempts of one delivery in one round, at most.
pub const ATTEMPTS_MAX: u32 = 1_000;

/// The name of a bucket of state, in bytes.
pub const BUCKET_BYTES_MAX: usize = 255;
/// A key of state, in bytes.
pub const KEY_BYTES_MAX: usize = 1024;
/// What a key of state takes beside itself and its value, about: so that a plugin's quota of bytes bounds its keys too.
pub const KEY_ROW_BYTES: usize = 64;
/// A value of state, in bytes.
pub const VALUE_BYTES_MAX: usize = 900 << 10;
/// Keys that one attempt reads, lists or writes, its emissions counted with them: so that a settlement fits one message of any log store.
pub const STATE_KEYS_MAX: usize = 900;
/// What one attempt writes to its state, in bytes, keys counted.
pub const STATE_WRITE_BYTES_MAX: usize = 8 << 20;

/// A limit that nobody moves, for those who show limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Its name, in the words of `[limits]`.
    pub name: &'static str,
    /// Of what it is the most: `an attempt`, `a component`.
    pub of: &'static str,
    /// The most, in its unit.
    pub most: u64,
    /// What it counts.
    pub unit: Unit,
}

impl Bound {
    /// The most, as people write it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.unit.show(self.most)
    }
}

/// Those of the bounds above that a plugin can come up against, in the order in which it may.
pub const OF_PLUGINS: &[Bound] = &[
    Bound { name: "subscriptions", of: "a plugin", most: SUBSCRIPTIONS_MAX as u64, unit: Unit::Count },
    Bound { name: "event_bytes", of: "an event", most: EVENT_BYTES_MAX as u64, unit: Unit::Bytes },
    Bound { name: "attempts", of: "a round of a delivery", most: ATTEMPTS_MAX as u64, unit: Unit::Count },
    Bound { name: "emissions_and_state_keys", of: "an attempt", most: STATE_KEYS_MAX as u64, unit: Unit::Count },
    Bound { name: "state_write_bytes", of: "an attempt", most: STATE_WRITE_BYTES_MAX as u64, unit: Unit::Bytes },
    Bound { name: "state_value_bytes", of: "a value", most: VALUE_BYTES_MAX as u64, unit: Unit::Bytes },
    Bound { name: "state_key_bytes", of: "a key", most: KEY_BYTES_MAX as u64, unit: Unit::Bytes },
    Bound { name: "state_bucket_bytes", of: "a bucket's name", most: BUCKET_BYTES_MAX as u64, unit: Unit::Bytes },
    Bound { name: "reason_bytes", of: "a settlement", most: REASON_BYTES_MAX as u64, unit: Unit::Bytes },
    Bound { name: "dead_letter_log_bytes", of: "a dead letter", most: LOG_BYTES_MAX as u64, unit: Unit::Bytes },
];

const _: () = assert!(EVENT_BYTES_MAX < FRAME_BYTES_MAX, "an event fits a frame");
const _: () = assert!(VALUE_BYTES_MAX < STATE_WRITE_BYTES_MAX, "a value fits an attempt's share");
const _: () = assert!(oyez_event::BODY_BYTES_MAX < FRAME_BYTES_MAX, "a batch fits a frame");
const _: () = assert!(OPEN_LOW < OPEN_MAX, "a subscription leaves the tail above the mark at which it comes back");
