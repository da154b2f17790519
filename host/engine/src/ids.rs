//! Who sent what: the dedup window, and the way from an event's id to its sequence.

use blake3::Hasher;
use minicbor::{Decode, Encode};
use oyez_event::Event;
use oyez_model::{Sequence, Timestamp};

/// The first bytes of a key: those of the id alone, so that an event is found without its source.
pub(crate) const ID_BYTES: usize = 8;

/// A key of the view: 8 bytes of the id's sum, then 16 of the sum of source and id. Whoever could make two of these meet could have
/// an event taken for a duplicate, hence a cryptographic sum.
pub(crate) type Key = [u8; 24];

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Entry {
    #[n(0)]
    pub(crate) sequence: Sequence,
    #[n(1)]
    pub(crate) accepted: Timestamp,
    /// A sum of type, subject and data byte for byte: equal sums are the same fact, others may be (JSON).
    #[n(2)]
    pub(crate) fact: u64,
}

impl Entry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory does not fail")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

/// The part of a key that the id alone gives.
pub(crate) fn prefix(id: &str) -> [u8; ID_BYTES] {
    first(blake3::hash(id.as_bytes()).as_bytes())
}

pub(crate) fn key(source: &str, id: &str) -> Key {
    let mut sum = Hasher::new();
    sum.update(&(source.len() as u64).to_be_bytes());
    sum.update(source.as_bytes());
    sum.update(id.as_bytes());
    let mut key = [0; 24];
    key[..ID_BYTES].copy_from_slice(&prefix(id));
    key[ID_BYTES..].copy_from_slice(&sum.finalize().as_bytes()[..16]);
    key
}

/// The key of a source and subject, under which their last event's place stands.
pub(crate) fn end_key(source: &str, subject: &str) -> [u8; 16] {
    let mut sum = Hasher::new();
    sum.update(&(source.len() as u64).to_be_bytes());
    sum.update(source.as_bytes());
    sum.update(subject.as_bytes());
    sum.finalize().as_bytes().first_chunk().copied().expect("a sum has 32 bytes")
}

pub(crate) fn fact(event: &Event) -> u64 {
    let mut sum = Hasher::new();
    for part in [event.ty(), event.subject().unwrap_or("\0")] {
        sum.update(&(part.len() as u64).to_be_bytes());
        sum.update(part.as_bytes());
    }
    match event.data() {
        Some(data) => sum.update(data.as_bytes()),
        None => sum.update(&[0xff]),
    };
    u64::from_be_bytes(first(sum.finalize().as_bytes()))
}

fn first(sum: &[u8]) -> [u8; 8] {
    sum.first_chunk().copied().expect("a sum has 32 bytes")
}
