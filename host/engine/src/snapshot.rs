//! A plugin's state at a moment, for as long as a run needs it.

use crate::engine::Engine;
use crate::plugin_state::{bucket_prefix, get, row_key};
use crate::state::State;
use oyez_model::port::{self, SnapshotError, Space, Versioned};
use oyez_model::{PluginName, Sequence, StateKey};
use parking_lot::RwLock;
use std::sync::Arc;

/// A plugin's state as it was when this was made.
#[derive(Debug)]
struct Snapshot {
    state: Arc<RwLock<State>>,
    plugin: PluginName,
    at: Sequence,
}

impl Engine {
    /// A plugin's state as it is now.
    #[must_use]
    pub fn snapshot(&self, plugin: PluginName) -> Arc<dyn port::Snapshot> {
        let state = Arc::clone(self.state());
        let (at, plugin) = {
            let state = state.read();
            state.moments.lock().begin(state.applied);
            (state.applied, state.home(&plugin))
        };
        Arc::new(Snapshot { state, plugin, at })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.state.read().moments.lock().end(self.at);
    }
}

impl port::Snapshot for Snapshot {
    fn at(&self) -> Sequence {
        self.at
    }

    fn get(&self, key: &StateKey) -> Result<Option<Versioned>, SnapshotError> {
        let row = row_key(&self.plugin, key);
        let state = self.state.read();
        let found = get(&state.overlay, &row)?;
        let changed = found.as_ref().map(|(version, _)| *version).or_else(|| state.changes.gone(&row));
        if changed.is_some_and(|at| at > self.at) { Err(SnapshotError::Overtaken) } else { Ok(found) }
    }

    fn keys(&self, bucket: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, SnapshotError> {
        let prefix = bucket_prefix(&self.plugin, bucket);
        let state = self.state.read();
        if state.changes.members(&prefix) > self.at {
            return Err(SnapshotError::Overtaken);
        }
        // The least key above another is that one with a zero behind it.
        let from = after.map_or_else(|| prefix.clone(), |after| [&prefix[..], after.as_bytes(), &[0]].concat());
        let rows = state.overlay.scan(Space::State, &prefix, &from, limit)?;
        let key = |row: &[u8]| String::from_utf8(row[prefix.len()..].to_vec()).expect("keys are text");
        Ok(rows.iter().map(|(row, _)| key(row)).collect())
    }
}
