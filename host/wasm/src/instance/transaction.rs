//! A call's look at its plugin's state: a snapshot, what it saw of it, and its own writes over it.

use oyez_model::port::{Snapshot, SnapshotError};
use oyez_model::{StateChanges, StateKey, StateLimit, StateReads, StateWrite, bounds};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Keys of one page of a listing.
const PAGE: usize = 1_000;

/// Why the state does not answer. Each ends the call: a guest that went on without what it wanted to write would complete half of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// Over a limit.
    #[error(transparent)]
    Limit(#[from] StateLimit),
    /// Overtaken, or unreadable.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

type Result<T> = std::result::Result<T, StateError>;

/// One call's transaction.
#[derive(Debug)]
pub(crate) struct Transaction {
    snapshot: Arc<dyn Snapshot>,
    reads: StateReads,
    writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// What the writes come to, in bytes.
    bytes: usize,
    /// What it read, in bytes.
    read: u64,
    /// The last key of each page that was listed: a cursor is a place in here.
    pages: Vec<String>,
}

impl Transaction {
    pub(crate) fn new(snapshot: Arc<dyn Snapshot>) -> Self {
        let reads = StateReads { at: snapshot.at(), ..StateReads::default() };
        Self { snapshot, reads, writes: BTreeMap::new(), bytes: 0, read: 0, pages: Vec::new() }
    }

    /// What is to be written, and what that rests on.
    pub(crate) fn into_changes(self) -> StateChanges {
        let writes = self.writes.into_iter().map(|(key, value)| StateWrite { key, value }).collect();
        StateChanges { reads: self.reads, writes }
    }

    /// What it read, in bytes.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Its own writes are visible to it.
    pub(crate) fn get(&mut self, bucket: &str, key: String) -> Result<Option<Vec<u8>>> {
        let key = checked(bucket, key)?;
        if let Some(written) = self.writes.get(&key) {
            return Ok(written.clone());
        }
        let found = self.snapshot.get(&key)?;
        let (version, value) = found.map_or((None, None), |(version, value)| (Some(version), Some(value)));
        self.reads.keys.insert(key, version);
        self.read += value.as_ref().map_or(0, Vec::len) as u64;
        self.has_room()?;
        Ok(value)
    }

    pub(crate) fn set(&mut self, bucket: &str, key: String, value: Vec<u8>) -> Result<()> {
        if value.len() > bounds::VALUE_BYTES_MAX {
            return Err(StateLimit::Value(value.len()).into());
        }
        self.write(checked(bucket, key)?, Some(value))
    }

    pub(crate) fn delete(&mut self, bucket: &str, key: String) -> Result<()> {
        self.write(checked(bucket, key)?, None)
    }

    /// A page of the keys of a bucket, own writes included, and where the next one begins.
    pub(crate) fn keys(&mut self, bucket: &str, cursor: Option<u64>) -> Result<(Vec<String>, Option<u64>)> {
        let after = cursor.and_then(|cursor| self.pages.get(usize::try_from(cursor).ok()?).cloned());
        if after.is_none() && cursor.is_some() {
            return Ok((Vec::new(), None));
        }
        self.reads.listed.insert(bucket.to_owned());
        self.has_room()?;
        // One more than a page, and one more for each own write that may hide one.
        let own: Vec<_> = self.writes.iter().filter(|(key, _)| key.bucket == bucket && after.as_ref().is_none_or(|after| key.key > *after)).collect();
        let mut found: BTreeSet<String> = self.snapshot.keys(bucket, after.as_deref(), PAGE + 1 + own.len())?.into_iter().collect();
        let known = found.len();
        let all_known = known < PAGE + 1 + own.len();
        let last = found.last().cloned();
        for (key, value) in own {
            // Beyond what the snapshot gave, an own key would come before those that are still to be listed.
            let within = all_known || last.as_ref().is_some_and(|last| key.key <= *last);
            match value {
                Some(_) if within => drop(found.insert(key.key.clone())),
                Some(_) => {}
                None => drop(found.remove(&key.key)),
            }
        }
        let more = found.len() > PAGE || !all_known;
        let page: Vec<String> = found.into_iter().take(PAGE).collect();
        let next = page.last().filter(|_| more).map(|last| {
            self.pages.push(last.clone());
            self.pages.len() as u64 - 1
        });
        Ok((page, next))
    }

    fn write(&mut self, key: StateKey, value: Option<Vec<u8>>) -> Result<()> {
        let size = |key: &StateKey, value: &Option<Vec<u8>>| key.bucket.len() + key.key.len() + value.as_ref().map_or(0, Vec::len);
        self.bytes += size(&key, &value);
        if let Some(before) = self.writes.get(&key) {
            self.bytes -= size(&key, before);
        }
        self.writes.insert(key, value);
        if self.bytes > bounds::STATE_WRITE_BYTES_MAX {
            return Err(StateLimit::Bytes.into());
        }
        self.has_room()
    }

    fn has_room(&self) -> Result<()> {
        let keys = self.reads.keys.len() + self.reads.listed.len() + self.writes.len();
        if keys > bounds::STATE_KEYS_MAX { Err(StateLimit::Keys.into()) } else { Ok(()) }
    }
}

/// A bucket's name that may be.
pub(crate) fn check_bucket(bucket: &str) -> Result<()> {
    if bucket.len() > bounds::BUCKET_BYTES_MAX { Err(StateLimit::Bucket(bucket.len()).into()) } else { Ok(()) }
}

fn checked(bucket: &str, key: String) -> Result<StateKey> {
    if key.len() > bounds::KEY_BYTES_MAX {
        return Err(StateLimit::Key(key.len()).into());
    }
    Ok(StateKey { bucket: bucket.to_owned(), key })
}
