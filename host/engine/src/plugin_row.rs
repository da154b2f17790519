//! What is kept of each plugin.

use minicbor::{Decode, Encode};
use oyez_model::Version;

/// What is kept of a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
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
}
