//! Runs under way.

use oyez_model::{Cost, End, Lane, Recorded, StateReads, SubscriptionNumber, Version};
use std::sync::Arc;

/// A run, from its start to its durable settlement.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) number: SubscriptionNumber,
    pub(crate) recorded: Arc<Recorded>,
    pub(crate) version: Option<Version>,
    pub(crate) end: End,
    pub(crate) cost: Cost,
    /// What it read of its plugin's state.
    pub(crate) reads: StateReads,
    /// It keeps state, and so takes turns.
    pub(crate) turns: bool,
    /// What it said.
    pub(crate) log: String,
    /// How it failed, if it did.
    pub(crate) failure: Option<String>,
    /// The lane that waits behind it from here on.
    pub(crate) parks: Option<Lane>,
}
