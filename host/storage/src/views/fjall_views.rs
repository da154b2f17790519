//! Views in fjall: written at checkpoints only, each one batch that holds `applied` too.

use crate::files::make_folder;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use oyez_model::Sequence;
use oyez_model::port::{Change, Row, Space, Views, ViewsError};
use std::path::Path;

/// What this host writes, and the latest that it reads.
const FORMAT: u32 = 1;
const FORMAT_KEY: &str = "format";
const APPLIED_KEY: &str = "applied";
/// The least that fjall takes. Reopening replays its journals: with this, it takes well under a second.
const JOURNAL_BYTES: u64 = 64 << 20;

/// What of a keyspace fjall keeps in memory before it writes it to a table of its own, as it counts. With its default of 64 MiB a host
/// that took a million events held 285 MiB at most; with this, two hosts that took 1.5 million held 234 MiB together.
const MEMTABLE_BYTES: u64 = 8 << 20;

/// Views in fjall.
pub struct FjallViews {
    database: Database,
    meta: Keyspace,
    spaces: Vec<(Space, Keyspace)>,
}

impl std::fmt::Debug for FjallViews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FjallViews").finish_non_exhaustive()
    }
}

fn failed(error: fjall::Error) -> ViewsError {
    ViewsError::Store(error.to_string())
}

impl FjallViews {
    /// Opens the store in a folder of its own, or begins one.
    ///
    /// # Errors
    /// It cannot be opened, or is of a later format.
    pub fn open(folder: &Path) -> Result<Self, ViewsError> {
        let opening = |error: fjall::Error| {
            let way_out = "they are made anew from the log if you move that folder away, as long as nothing of the log has been let go";
            ViewsError::Store(format!("{} does not open ({error}): {way_out}", folder.display()))
        };
        make_folder(folder, 0o700).map_err(|error| opening(error.into()))?;
        let builder = Database::builder(folder).max_journaling_size(JOURNAL_BYTES).manual_journal_persist(true);
        let database = builder.open().map_err(opening)?;
        let keyspace = |name: &str| database.keyspace(name, || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES)).map_err(opening);
        // Before anything else is touched: what a later host wrote is left alone.
        let meta = keyspace("meta")?;
        match number(&meta, FORMAT_KEY)? {
            None => {
                meta.insert(FORMAT_KEY, u64::from(FORMAT).to_be_bytes()).map_err(failed)?;
                database.persist(PersistMode::SyncAll).map_err(failed)?;
            }
            Some(format) if format == u64::from(FORMAT) => {}
            Some(newer) => return Err(ViewsError::NewerFormat { found: u32::try_from(newer).unwrap_or(u32::MAX), known: FORMAT }),
        }
        let spaces = Space::ALL.into_iter().map(|space| Ok((space, keyspace(space.name())?))).collect::<Result<_, ViewsError>>()?;
        Ok(Self { database, meta, spaces })
    }

    fn space(&self, space: Space) -> &Keyspace {
        let found = self.spaces.iter().find(|(s, _)| *s == space);
        &found.expect("every space was opened").1
    }
}

fn number(meta: &Keyspace, key: &str) -> Result<Option<u64>, ViewsError> {
    let Some(value) = meta.get(key).map_err(failed)? else { return Ok(None) };
    let bytes = value.as_ref().try_into().map_err(|_| ViewsError::Store(format!("`{key}` is no number")))?;
    Ok(Some(u64::from_be_bytes(bytes)))
}

impl Views for FjallViews {
    fn applied(&self) -> Result<Sequence, ViewsError> {
        Ok(Sequence(number(&self.meta, APPLIED_KEY)?.unwrap_or(0)))
    }

    fn checkpoint(&self, changes: &[Change], applied: Sequence) -> Result<(), ViewsError> {
        let mut batch = self.database.batch();
        for Change { space, key, value } in changes {
            match value {
                Some(value) => batch.insert(self.space(*space), key.as_slice(), value.as_slice()),
                None => batch.remove(self.space(*space), key.as_slice()),
            }
        }
        batch.insert(&self.meta, APPLIED_KEY, applied.0.to_be_bytes());
        batch.durability(Some(PersistMode::SyncAll)).commit().map_err(failed)
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        Ok(self.space(space).get(key).map_err(failed)?.map(|value| value.to_vec()))
    }

    fn scan(&self, space: Space, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, ViewsError> {
        let mut rows = Vec::new();
        for row in self.space(space).range(from.max(prefix)..).take(limit) {
            let (key, value) = row.into_inner().map_err(failed)?;
            if !key.starts_with(prefix) {
                break;
            }
            rows.push((key.to_vec(), value.to_vec()));
        }
        Ok(rows)
    }
}
