//! What the views hold since the last checkpoint, in memory: written over and over there, and to the store once.

use oyez_model::Sequence;
use oyez_model::port::{Change, Row, Space, Views, ViewsError};
use std::collections::{BTreeMap, VecDeque};
use std::iter::Peekable;
use std::sync::Arc;

type Layer = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

/// Rows that a scan asks the store for at a time.
const PAGE_ROWS: usize = 1_000;

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

    /// Rows whose key begins with `prefix`, from `from` up, `limit` at most. Costs what it passes, not what lies behind.
    pub(crate) fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError> {
        let mut from = from.max(prefix).to_vec();
        let mut changes = Changes::new([Some(&self.current), self.frozen()], space, prefix, &from);
        let page = limit.clamp(1, PAGE_ROWS);
        let (mut stored, mut more, mut rows) = (VecDeque::new(), true, Vec::new());
        while rows.len() < limit {
            if stored.is_empty() && more {
                stored = self.store.scan(space, prefix, &from, page)?.into();
                more = stored.len() == page;
                if let Some((last, _)) = stored.back() {
                    // The least key above one is that one with a zero behind it.
                    from = [last, &[0][..]].concat();
                }
            }
            let Some((key, value)) = changes.next_up_to(stored.front().map(|(key, _): &Row| &key[..])) else {
                let Some(row) = stored.pop_front() else { break };
                rows.push(row);
                continue;
            };
            stored.pop_front_if(|(hidden, _)| hidden == key);
            rows.extend(value.as_ref().map(|value| (key.clone(), value.clone())));
        }
        Ok(rows)
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

type Changed<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);

/// The changes of several layers in the order of their keys. Of two to one key the one of the layer that stands first holds.
struct Changes<'a, const N: usize>([Peekable<Box<dyn Iterator<Item = Changed<'a>> + 'a>>; N]);

impl<'a, const N: usize> Changes<'a, N> {
    fn new(layers: [Option<&'a Layer>; N], space: Space, prefix: &'a [u8], from: &[u8]) -> Self {
        let start = (space, from.to_vec());
        Self(layers.map(|layer| {
            let rows = layer.map(|layer| layer.range(start.clone()..)).into_iter().flatten();
            let rows = rows.take_while(move |((s, key), _)| *s == space && key.starts_with(prefix));
            let rows: Box<dyn Iterator<Item = Changed<'a>>> = Box::new(rows.map(|((_, key), value)| (key, value)));
            rows.peekable()
        }))
    }

    /// The next one, unless its key is above that of the next stored row.
    fn next_up_to(&mut self, stored: Option<&[u8]>) -> Option<Changed<'a>> {
        let next = self.0.iter_mut().filter_map(|layer| layer.peek().map(|(key, _)| *key)).min()?;
        if stored.is_some_and(|stored| stored < &next[..]) {
            return None;
        }
        let mut found = None;
        for layer in &mut self.0 {
            let changed = layer.next_if(|(key, _)| *key == next);
            found = found.or(changed);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_storage::MemoryViews;

    /// Layers and a store at random, beside a plain map.
    #[test]
    fn a_scan_sees_the_changes_over_the_store_key_by_key() {
        for seed in 0..200 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut overlay = Overlay::new(Arc::new(MemoryViews::default()));
            let mut plain = BTreeMap::new();
            for round in 0..3 {
                for _ in 0..random.usize(0..40) {
                    let (key, value) = (vec![random.u8(0..3), random.u8(0..20)], vec![random.u8(..)]);
                    if random.bool() {
                        plain.insert(key.clone(), value.clone());
                        overlay.put(Space::Rows, key, value);
                    } else {
                        plain.remove(&key);
                        overlay.delete(Space::Rows, key);
                    }
                }
                overlay.put(Space::Ids, vec![1, 1], vec![0]);
                // The first is stored, the second on its way, the third in memory.
                if let Some(frozen) = overlay.freeze(Sequence(round)) {
                    frozen.write().unwrap();
                    if round == 0 {
                        overlay.thaw();
                    }
                }
            }
            for _ in 0..20 {
                let (prefix, from, limit) = (vec![1; random.usize(0..2)], vec![random.u8(0..3), random.u8(0..20)], random.usize(0..30));
                let wanted = plain.range(from.clone().max(prefix.clone())..).take_while(|(key, _)| key.starts_with(&prefix)).take(limit);
                let wanted: Vec<_> = wanted.map(|(key, value)| (key.clone(), value.clone())).collect();
                assert_eq!(overlay.scan(Space::Rows, &prefix, &from, limit).unwrap(), wanted, "seed {seed}");
            }
        }
    }
}
