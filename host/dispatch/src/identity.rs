//! Names that follow from what they name: the same on every attempt, machine and replay.

use hmac::{Hmac, KeyInit, Mac};
use oyez_model::{Recorded, Sequence, SubscriptionId};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What the deliveries' seeds grow from: a secret of the data directory, so that nobody outside can guess them.
#[derive(Clone)]
pub struct Secret(pub [u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Parts with their lengths, so that no two lists of parts run together into the same bytes.
fn parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}

/// The same for every attempt at this event by this subscription, redrives included.
pub(crate) fn idempotency_key(recorded: &Recorded, subscription: &SubscriptionId) -> String {
    let name = subscription.live();
    let bytes = parts([recorded.event.source().as_bytes(), recorded.event.id().as_bytes(), name.as_bytes()]);
    hex(&Sha256::digest(bytes)[..16])
}

/// What a delivery's randomness grows from.
pub(crate) fn seed(secret: &Secret, recorded: &Recorded, subscription: &SubscriptionId) -> [u8; 32] {
    let name = subscription.live();
    let bytes = parts([recorded.event.source().as_bytes(), recorded.event.id().as_bytes(), name.as_bytes()]);
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("any length is a key");
    mac.update(&bytes);
    mac.finalize().into_bytes().into()
}

/// An emission's id: it names the delivery and the place in its list, so that the same run never makes two events of one.
pub(crate) fn emission_id(parent: Sequence, parent_id: &str, subscription: &SubscriptionId, run: u32, ordinal: usize) -> String {
    let name = subscription.to_string();
    let numbers = [parent.0.to_be_bytes(), u64::from(run).to_be_bytes(), (ordinal as u64).to_be_bytes()].concat();
    let bytes = parts([parent_id.as_bytes(), name.as_bytes(), &numbers]);
    hex(&Sha256::digest(bytes)[..16])
}
