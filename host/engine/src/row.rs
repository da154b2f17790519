//! Rows: deliveries that are neither settled nor simply ahead. Each stands in the views by its subscription and sequence.

use minicbor::{Decode, Encode};
use oyez_model::{Recorded, Sequence, Settlement, SubscriptionNumber, Timestamp, Version};

/// What an open row waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RowState {
    /// Its next attempt.
    #[n(0)]
    Waiting {
        /// When that is due.
        #[n(0)]
        due: Timestamp,
    },
    /// An operator.
    #[n(1)]
    Dead,
    /// Its first attempt in a new round: it was dead, and redriven.
    #[n(2)]
    Redriven,
}

/// A delivery that waits, is dead, or was redriven.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct OpenRow {
    /// What it waits for.
    #[n(0)]
    pub state: RowState,
    /// Counted from 0; a redrive opens the next.
    #[n(1)]
    pub round: u32,
    /// Attempts so far in this round.
    #[n(2)]
    pub attempts: u32,
    /// How the last one ended.
    #[n(3)]
    pub settlement: Settlement,
    /// Why.
    #[n(4)]
    pub reason: String,
    /// What ran; nothing for a native handler.
    #[n(5)]
    pub version: Option<Version>,
    /// When the last attempt was settled.
    #[n(6)]
    pub settled: Timestamp,
    /// Its own copy of the event, from the moment that it is dead: the log may let go of it.
    #[n(7)]
    pub recorded: Option<Recorded>,
}

impl OpenRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory does not fail")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

/// A row's key: subscription, then sequence, both big-endian, so that a scan goes up the log.
pub(crate) fn key(number: SubscriptionNumber, sequence: Sequence) -> Vec<u8> {
    [number.0.to_be_bytes().as_slice(), &sequence.0.to_be_bytes()].concat()
}
