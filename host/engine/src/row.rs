//! Rows: deliveries that are neither settled nor simply ahead. Each stands in the views by its subscription and sequence.

use minicbor::{Decode, Encode};
use oyez_model::{Lane, Recorded, Sequence, Settlement, SubscriptionNumber, Timestamp, Version};

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
    /// The dead letters before it in its lane.
    #[n(3)]
    Parked,
}

/// A delivery that waits, is dead, was redriven, or is parked.
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
    /// How the last one ended; nothing where there was none.
    #[n(3)]
    pub settlement: Option<Settlement>,
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
    /// The lane that it is parked in, or that is parked behind it.
    #[n(8)]
    pub lane: Option<Lane>,
    /// What the handler said in the last attempt.
    #[cbor(n(9), default)]
    pub log: String,
}

impl OpenRow {
    /// Of a delivery that no attempt was made at.
    pub(crate) fn untried(state: RowState, since: Timestamp) -> Self {
        let (settlement, version, recorded, lane) = (None, None, None, None);
        Self { state, round: 0, attempts: 0, settlement, reason: String::new(), version, settled: since, recorded, lane, log: String::new() }
    }

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

/// Where a parked delivery stands among those of its lane: a scan of a lane goes up the log.
pub(crate) fn parked_key(number: SubscriptionNumber, lane: &Lane, sequence: Sequence) -> Vec<u8> {
    [&lane_prefix(number, lane)[..], &sequence.0.to_be_bytes()].concat()
}

/// What all of a lane begin with: the subscription, and a sum of the lane, whose key may be long.
pub(crate) fn lane_prefix(number: SubscriptionNumber, lane: &Lane) -> Vec<u8> {
    let sum = match lane {
        Lane::Total => blake3::hash(b""),
        Lane::Key(key) => blake3::hash(&[b"k", key.as_bytes()].concat()),
        Lane::Storm(root) => blake3::hash(&[&b"s"[..], &root.0.to_be_bytes()].concat()),
    };
    [&number.0.to_be_bytes()[..], &sum.as_bytes()[..16]].concat()
}

/// The subscription at the beginning of a row's key.
pub(crate) fn number_of(key: &[u8]) -> SubscriptionNumber {
    SubscriptionNumber(u32::from_be_bytes(*key.first_chunk().expect("a key begins with its subscription")))
}

/// The sequence at the end of a row's key.
pub(crate) fn sequence_of(key: &[u8]) -> Sequence {
    Sequence(u64::from_be_bytes(*key.last_chunk().expect("a key ends with its sequence")))
}
