//! The state of the plugins: its rows in the views, who reads at which moment, and what changed since.
//!
//! Only the last value of a key is kept. A snapshot still answers as of its moment: a value that was written later says so, and so do
//! the keys that went and the buckets that changed since the oldest snapshot in use, which are remembered here.

use crate::overlay::Overlay;
use oyez_model::port::{Space, Versioned, ViewsError};
use oyez_model::{PluginName, Sequence, StateKey, StateReads, StateWrite};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// A row's key: the plugin's name, a zero, the bucket's length and name, then the key itself, so that a scan of a bucket goes up its keys.
pub(crate) fn row_key(plugin: &PluginName, key: &StateKey) -> Vec<u8> {
    let mut row = bucket_prefix(plugin, &key.bucket);
    row.extend_from_slice(key.key.as_bytes());
    row
}

/// What all rows of a bucket begin with.
pub(crate) fn bucket_prefix(plugin: &PluginName, bucket: &str) -> Vec<u8> {
    let length = u16::try_from(bucket.len()).expect("a bucket's name is bounded");
    [plugin.as_str().as_bytes(), &[0], &length.to_be_bytes(), bucket.as_bytes()].concat()
}

/// The value of a row.
pub(crate) fn get(overlay: &Overlay, row: &[u8]) -> Result<Option<Versioned>, ViewsError> {
    let Some(bytes) = overlay.get(Space::State, row)? else { return Ok(None) };
    let (version, value) = bytes.split_first_chunk().ok_or_else(|| ViewsError::Store("a row of `state` cannot be read".to_owned()))?;
    Ok(Some((Sequence(u64::from_be_bytes(*version)), value.to_vec())))
}

/// What the snapshots in use need to know.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Keys that went, each with the settlement that took it away last.
    gone: HashMap<Vec<u8>, Sequence>,
    /// The same in the order of the log.
    log: VecDeque<(Sequence, Vec<u8>)>,
    /// Buckets in which a key came or went.
    members: HashMap<Vec<u8>, Sequence>,
}

impl Changes {
    /// When a key that is not there went, if that is not long ago.
    pub(crate) fn gone(&self, row: &[u8]) -> Option<Sequence> {
        self.gone.get(row).copied()
    }

    /// When a key of a bucket came or went last.
    pub(crate) fn members(&self, bucket: &[u8]) -> Sequence {
        self.members.get(bucket).copied().unwrap_or_default()
    }

    /// Forgets what went at or before the oldest snapshot in use.
    fn forget(&mut self, oldest: Sequence) {
        while let Some((_, row)) = self.log.pop_front_if(|(at, _)| *at <= oldest) {
            if self.gone.get(&row).is_some_and(|at| *at <= oldest) {
                self.gone.remove(&row);
            }
        }
    }

    /// Applies the writes of a settlement; gives back by how much the plugin's state grew, in bytes.
    pub(crate) fn apply(&mut self, overlay: &mut Overlay, plugin: &PluginName, at: Sequence, writes: Vec<StateWrite>, oldest: Sequence) -> i64 {
        let mut grown = 0;
        for StateWrite { key, value } in writes {
            let row = row_key(plugin, &key);
            let had = size_of(overlay, &row, &key);
            grown += growth(&key, had, value.as_ref().map(Vec::len));
            if had.is_some() != value.is_some() {
                self.members.insert(bucket_prefix(plugin, &key.bucket), at);
            }
            match value {
                Some(value) => overlay.put(Space::State, row, [&at.0.to_be_bytes(), &value[..]].concat()),
                None => {
                    self.gone.insert(row.clone(), at);
                    self.log.push_back((at, row.clone()));
                    overlay.delete(Space::State, row);
                }
            }
        }
        self.forget(oldest);
        grown
    }
}

/// What a key and its value take now; nothing where it is absent.
fn size_of(overlay: &Overlay, row: &[u8], key: &StateKey) -> Option<u64> {
    // A row that cannot be read was reported where it was; it then counts as absent.
    get(overlay, row).ok().flatten().map(|(_, value)| key.size_with(value.len()))
}

fn growth(key: &StateKey, had: Option<u64>, value: Option<usize>) -> i64 {
    let size = |size: Option<u64>| size.map_or(0, |size| i64::try_from(size).unwrap_or(i64::MAX));
    size(value.map(|length| key.size_with(length))) - size(had)
}

/// By how much a plugin's state grows by a write.
pub(crate) fn growth_of(overlay: &Overlay, plugin: &PluginName, write: &StateWrite) -> i64 {
    let had = size_of(overlay, &row_key(plugin, &write.key), &write.key);
    growth(&write.key, had, write.value.as_ref().map(Vec::len))
}

/// Whether all that a run saw is still so.
pub(crate) fn still_holds(overlay: &Overlay, changes: &Changes, plugin: &PluginName, reads: &StateReads) -> Result<bool, ViewsError> {
    for (key, seen) in &reads.keys {
        if get(overlay, &row_key(plugin, key))?.map(|(version, _)| version) != *seen {
            return Ok(false);
        }
    }
    Ok(reads.listed.iter().all(|bucket| changes.members(&bucket_prefix(plugin, bucket)) <= reads.at))
}

/// The moments at which runs read, each with how many do.
#[derive(Debug, Default)]
pub(crate) struct Moments(BTreeMap<Sequence, usize>);

impl Moments {
    pub(crate) fn begin(&mut self, at: Sequence) {
        *self.0.entry(at).or_default() += 1;
    }

    pub(crate) fn end(&mut self, at: Sequence) {
        if let Some(n) = self.0.get_mut(&at) {
            *n -= 1;
            if *n == 0 {
                self.0.remove(&at);
            }
        }
    }

    /// The oldest of them; `now` if there is none.
    pub(crate) fn oldest(&self, now: Sequence) -> Sequence {
        self.0.keys().next().copied().unwrap_or(now)
    }
}
