//! Who is there: plugins of the folder and natives, and how they do.

use crate::status::{PluginState, PluginStatus};
use crate::wanted::Wanted;
use oyez_model::{Sequence, SubscriptionId, SubscriptionNumber};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Plugins by name; natives stand here too.
    pub(crate) plugins: BTreeMap<String, Entry>,
    /// Names that were here in this process and went: they return.
    pub(crate) gone: HashSet<SubscriptionId>,
}

/// A plugin with its subscriptions.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) status: PluginStatus,
    pub(crate) subscriptions: BTreeMap<SubscriptionId, SubscriptionNumber>,
    /// What was asked of each.
    pub(crate) wanted: Vec<(SubscriptionNumber, Wanted)>,
}

impl Entry {
    /// Whether its `.toml` says that it is paused.
    pub(crate) fn is_paused_by_file(&self) -> bool {
        self.status.state == PluginState::Paused
    }
}

impl Table {
    pub(crate) fn statuses(&self) -> Vec<PluginStatus> {
        self.plugins.values().map(|entry| entry.status.clone()).collect()
    }

    pub(crate) fn attached(&self) -> BTreeSet<SubscriptionNumber> {
        self.plugins.values().flat_map(|entry| entry.subscriptions.values().copied()).collect()
    }

    pub(crate) fn add_native(&mut self, number: SubscriptionNumber, wanted: &Wanted, since: Sequence) {
        let name = wanted.id.plugin.as_str().to_owned();
        let fresh = || Entry { status: PluginStatus::native(name.clone(), since), subscriptions: BTreeMap::new(), wanted: Vec::new() };
        let entry = self.plugins.entry(name.clone()).or_insert_with(fresh);
        entry.subscriptions.insert(wanted.id.clone(), number);
        entry.wanted.retain(|(known, _)| *known != number);
        entry.wanted.push((number, wanted.clone()));
        entry.status.subscriptions = entry.subscriptions.keys().map(|id| id.name.as_str().to_owned()).collect();
    }
}
