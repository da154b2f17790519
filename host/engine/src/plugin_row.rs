//! What is kept of each plugin.

use crate::rebuild::Rebuild;
use minicbor::{Decode, Encode};
use oyez_model::{SubscriptionNumber, Version};

/// What is kept of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PluginRow {
    /// The build that ran last; nothing for a native one.
    #[n(0)]
    pub version: Option<Version>,
    /// All of its state, keys and values, in bytes.
    #[n(1)]
    pub state_bytes: u64,
    /// Somebody has paused it by hand.
    #[cbor(n(2), default)]
    pub paused: bool,
    /// Its state is that of this rebuild.
    #[n(3)]
    pub home: Option<u32>,
    /// Rebuilds so far.
    #[cbor(n(4), default)]
    pub rebuilds: u32,
    /// The one that is under way.
    #[n(5)]
    pub rebuild: Option<Rebuild>,
    /// The highest number that a subscription of a rebuild had: it is not used again.
    #[n(6)]
    pub numbers: Option<SubscriptionNumber>,
}
