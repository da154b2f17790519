//! What the frames of a group in the making write to the plugins' state. A settlement that saw or writes any of it waits for the next
//! group, and is checked against what this one leaves.

use oyez_model::{PluginName, StateKey, StateReads, StateWrite};
use std::collections::{HashMap, HashSet};

/// What is written so far, by plugin.
#[derive(Debug, Default)]
pub(crate) struct StateDraft(HashMap<PluginName, Written>);

#[derive(Debug, Default)]
struct Written {
    keys: HashSet<StateKey>,
    /// By how much the plugin's state grows, in bytes.
    growth: i64,
}

impl StateDraft {
    /// Whether a settlement saw, or writes, what is written here.
    pub(crate) fn touches(&self, plugin: &PluginName, reads: &StateReads, writes: &[StateWrite]) -> bool {
        self.0.get(plugin).is_some_and(|Written { keys, .. }| {
            let lists = |key: &StateKey| reads.listed.contains(&key.bucket);
            writes.iter().any(|write| keys.contains(&write.key)) || reads.keys.keys().any(|key| keys.contains(key)) || keys.iter().any(lists)
        })
    }

    /// By how much the group lets a plugin's state grow, in bytes.
    pub(crate) fn growth(&self, plugin: &PluginName) -> i64 {
        self.0.get(plugin).map_or(0, |written| written.growth)
    }

    /// A settlement is in the group.
    pub(crate) fn note(&mut self, plugin: &PluginName, writes: &[StateWrite], growth: i64) {
        if !writes.is_empty() {
            let written = self.0.entry(plugin.clone()).or_default();
            written.keys.extend(writes.iter().map(|write| write.key.clone()));
            written.growth += growth;
        }
    }
}
