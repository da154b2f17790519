//! Views in memory.

use oyez_model::Sequence;
use oyez_model::port::{Change, Row, Space, Views, ViewsError};
use parking_lot::RwLock;
use std::collections::BTreeMap;

/// Views in memory: for hosts that keep nothing, and for tests.
#[derive(Debug, Default)]
pub struct MemoryViews(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    rows: BTreeMap<(Space, Vec<u8>), Vec<u8>>,
    applied: Sequence,
}

impl Views for MemoryViews {
    fn applied(&self) -> Result<Sequence, ViewsError> {
        Ok(self.0.read().applied)
    }

    fn checkpoint(&self, changes: &[Change], applied: Sequence) -> Result<(), ViewsError> {
        let mut kept = self.0.write();
        for Change { space, key, value } in changes {
            match value {
                Some(value) => kept.rows.insert((*space, key.clone()), value.clone()),
                None => kept.rows.remove(&(*space, key.clone())),
            };
        }
        kept.applied = applied;
        Ok(())
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        Ok(self.0.read().rows.get(&(space, key.to_vec())).cloned())
    }

    fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError> {
        let kept = self.0.read();
        let rows = kept.rows.range((space, from.max(prefix).to_vec())..);
        let rows = rows.take_while(|((s, key), _)| *s == space && key.starts_with(prefix)).take(limit);
        Ok(rows.map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }
}
