//! What a call may use, and what it finds.

use oyez_model::port::Snapshot;
use oyez_model::{Limits, Timestamp};
use std::sync::Arc;

/// What a call may use, and what it finds.
pub(crate) struct Terms {
    /// What it may use.
    pub(crate) limits: Limits,
    /// What `wasi:config` reads.
    pub(crate) config: Arc<[(String, String)]>,
    /// Where its wall clock starts.
    pub(crate) begins: Timestamp,
    /// What its randomness grows from.
    pub(crate) seed: [u8; 32],
    /// The plugin's state, if it is granted.
    pub(crate) state: Option<Arc<dyn Snapshot>>,
}
