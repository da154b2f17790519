//! What the views hold since the last checkpoint, in memory: written over and over there, and to the store once.

use oyez_model::Sequence;
use oyez_model::port::{Change, Row, Space, Views, ViewsError};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

type Layer = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

/// The changes since the last checkpoint, over those that are being written, over the store.
#[derive(Debug)]
pub(crate) struct Overlay {
    current: Layer,
    /// What the keys and values of `current` come to.
    bytes: usize,
    frozen: Option<Frozen>,
    /// The one on its way was not written: it is to be tried again before any later one.
    failed: bool,
    store: Arc<dyn Views>,
}

/// One checkpoint on its way to the store.
#[derive(Clone, Debug)]
pub struct Frozen {
    layer: Arc<Layer>,
    applied: Sequence,
    store: Arc<dyn Views>,
}

impl Frozen {
    /// The last sequence that is in it.
    pub(crate) fn applied(&self) -> Sequence {
        self.applied
    }

    /// Writes it, synced. Slow: not for the writer's thread.
    pub(crate) fn write(&self) -> Result<(), ViewsError> {
        let change = |((space, key), value): (&(Space, Vec<u8>), &Option<Vec<u8>>)| Change { space: *space, key: key.clone(), value: value.clone() };
        let changes: Vec<_> = self.layer.iter().map(change).collect();
        self.store.checkpoint(&changes, self.applied)
    }
}

impl Overlay {
    pub(crate) fn new(store: Arc<dyn Views>) -> Self {
        Self { current: Layer::new(), bytes: 0, frozen: None, failed: false, store }
    }

    /// How many changes wait for the next checkpoint.
    pub(crate) fn len(&self) -> usize {
        self.current.len()
    }

    /// What they come to, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a checkpoint is being written.
    pub(crate) fn is_freezing(&self) -> bool {
        self.frozen.is_some() && !self.failed
    }

    /// Whether the last checkpoint was not written.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    fn frozen(&self) -> Option<&Layer> {
        self.frozen.as_ref().map(|frozen| &*frozen.layer)
    }

    pub(crate) fn put(&mut self, space: Space, key: Vec<u8>, value: Vec<u8>) {
        self.change(space, key, Some(value));
    }

    pub(crate) fn delete(&mut self, space: Space, key: Vec<u8>) {
        self.change(space, key, None);
    }

    fn change(&mut self, space: Space, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        let length = key.len();
        if let Some(before) = self.current.insert((space, key), value) {
            self.bytes -= length + before.map_or(0, |before| before.len());
        }
    }

    pub(crate) fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        let at = (space, key.to_vec());
        let layers = [Some(&self.current), self.frozen()];
        for layer in layers.into_iter().flatten() {
            if let Some(value) = layer.get(&at) {
                return Ok(value.clone());
            }
        }
        self.store.get(space, key)
    }

    /// Rows whose key begins with `prefix`, from `from` up, `limit` at most.
    pub(crate) fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError> {
        let from = from.max(prefix);
        let mut over = Layer::new();
        for layer in [self.frozen(), Some(&self.current)].into_iter().flatten() {
            let start = Bound::Included((space, from.to_vec()));
            let rows = layer.range((start, Bound::Unbounded)).take_while(|((s, key), _)| *s == space && key.starts_with(prefix));
            over.extend(rows.map(|(k, v)| (k.clone(), v.clone())));
        }
        // Each change of ours hides at most one stored row.
        let stored = self.store.scan(space, prefix, from, limit.saturating_add(over.len()))?;
        let mut rows: BTreeMap<_, _> = stored.into_iter().map(|(key, value)| (key, Some(value))).collect();
        rows.extend(over.into_iter().map(|((_, key), value)| (key, value)));
        Ok(rows.into_iter().filter_map(|(key, value)| value.map(|v| (key, v))).take(limit).collect())
    }

    /// Takes what is there as the next checkpoint; the one before again, if that failed. Nothing while one is being written.
    pub(crate) fn freeze(&mut self, applied: Sequence) -> Option<Frozen> {
        if self.is_freezing() {
            return None;
        }
        if self.frozen.is_none() {
            self.bytes = 0;
        }
        self.failed = false;
        let next = || Frozen { layer: Arc::new(std::mem::take(&mut self.current)), applied, store: Arc::clone(&self.store) };
        Some(self.frozen.get_or_insert_with(next).clone())
    }

    /// The checkpoint was written: the store answers for it now.
    pub(crate) fn thaw(&mut self) {
        self.frozen = None;
    }

    /// The checkpoint was not written: it stays here, and is the next.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }
}
