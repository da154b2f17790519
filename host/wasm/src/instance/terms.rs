//! What a call may use, and what it finds.

use oyez_model::port::Snapshot;
use oyez_model::{Grants, Limits, Timestamp};
use std::sync::Arc;

/// Names and values.
pub(crate) type Pairs = Arc<[(String, String)]>;

/// What a call may use, and what it finds.
pub(crate) struct Terms {
    /// What it may use.
    pub(crate) limits: Limits,
    /// What it is granted.
    pub(crate) grants: Arc<Grants>,
    /// What `wasi:config` reads, secrets too.
    pub(crate) config: Pairs,
    /// The variables that it finds.
    pub(crate) environment: Pairs,
    /// It is run again on purpose: nothing leaves it.
    pub(crate) replay: bool,
    /// Where its wall clock starts.
    pub(crate) begins: Timestamp,
    /// What its randomness grows from.
    pub(crate) seed: [u8; 32],
    /// The plugin's state, if it is granted.
    pub(crate) state: Option<Arc<dyn Snapshot>>,
}

impl Terms {
    /// With nothing granted and nothing to be found: the same on every host, for every plugin.
    pub(crate) fn bare(limits: Limits) -> Self {
        Self {
            limits,
            grants: Arc::default(),
            config: Arc::new([]),
            environment: Arc::new([]),
            replay: false,
            begins: Timestamp::default(),
            seed: [0; 32],
            state: None,
        }
    }
}
