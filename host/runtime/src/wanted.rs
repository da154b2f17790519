//! What is asked of a subscription that is to run.

use oyez_dispatch::{Rebuilding, Runner};
use oyez_model::{Limits, SubscriptionId, SubscriptionSpec};

/// A subscription that is to run.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) id: SubscriptionId,
    pub(crate) spec: SubscriptionSpec,
    pub(crate) limits: Limits,
    pub(crate) runner: Runner,
    pub(crate) paused: bool,
    /// It is of a rebuild.
    pub(crate) rebuild: Option<Rebuilding>,
    /// It was there in this process, went, and comes back.
    pub(crate) returns: bool,
}
