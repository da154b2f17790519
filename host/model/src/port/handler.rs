//! Handlers, and what loads them.

use crate::{Build, Delivery, Grants, Hidden, Limits, Outcome, PluginName, SubscriptionPatch, Version};
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

/// A future that owns what it needs.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The code that runs for an event.
///
/// Laws (one suite tests them, for components and for native handlers):
/// 1. Whatever the code does, `attempt` ends, within the limits that hold for it: its failure is data, never a panic.
/// 2. Attempts run side by side, and what one is given is in no other's outcome.
/// 3. Dropping the future ends the attempt.
pub trait Handler: Send + Sync + Debug {
    /// Runs once for one delivery. Called at least once a delivery, never twice at a time for the same one.
    fn attempt(&self, delivery: Delivery) -> BoxFuture<Outcome>;
}

/// What the operator says of a plugin, beside its subscriptions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginSettings {
    /// What each attempt may use.
    pub limits: Limits,
    /// What `wasi:config` reads, sorted by key. Empty during `describe`.
    pub config: Vec<(String, String)>,
    /// What it is granted. All of it is refused during `describe`.
    pub grants: Grants,
    /// The variables of the environment that it was granted, and their values.
    pub environment: Vec<(String, String)>,
    /// The secrets that it was granted, and their values: read by `wasi:config`, behind what is configured.
    pub secrets: Vec<(String, Hidden)>,
}

/// A plugin that loaded: what it says of itself, and what runs.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// Its build.
    pub version: Version,
    /// What `describe` gives as its version; informative.
    pub described_version: String,
    /// What `describe` gives as its summary.
    pub summary: String,
    /// The subscriptions that `describe` gives, with the options that it sets.
    pub subscriptions: Vec<SubscriptionPatch>,
    /// The event types that it says it emits.
    pub emits: Vec<String>,
    /// What it imports beyond the inert baseline, by name.
    pub asks: Vec<String>,
    /// What runs.
    pub handler: Arc<dyn Handler>,
}

/// Why a plugin did not load: never the host's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// The code by which `oyez help` explains it: `not-wasm`, `truncated`, `missing-grant`, `not-yet`, `describe-failed`, …
    pub code: &'static str,
    /// What, which value, which limit, what to do.
    pub message: String,
}

/// Makes a plugin of bytes: compiles, links, runs `describe` with every grant refused.
///
/// Laws (one suite tests them):
/// 1. Whatever the bytes, `load` ends, within its own limits: what is no plugin is a [`LoadError`], never a panic.
/// 2. The same bytes have the same version whoever loads them, and others another one.
/// 3. What a load made stays as it is, whatever is loaded after it.
pub trait Loader: Send + Sync + Debug {
    /// Loads. Slow: it compiles. Ends within its own limits, whatever the bytes.
    fn load(&self, name: PluginName, build: Build, settings: PluginSettings) -> BoxFuture<Result<Plugin, LoadError>>;
}
