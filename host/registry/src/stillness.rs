//! When a file may be read: once it has stood still, and nobody is known to be writing it.

use crate::listing::{Listing, Stamp};
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A file that somebody keeps open, or that stays empty, is read all the same after it has stood still for so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The folder as far as it has settled, and what is still moving.
#[derive(Debug, Default)]
pub(crate) struct Stillness {
    /// What has settled.
    pub(crate) settled: Listing,
    /// What is otherwise, and since when it has been as it is.
    moving: HashMap<PathBuf, (Option<Stamp>, Instant)>,
    /// Written to, and not closed since, as far as the system tells.
    writing: BTreeSet<PathBuf>,
}

impl Stillness {
    /// Notes what the system tells of a file.
    pub(crate) fn told(&mut self, kind: &EventKind, path: &Path) {
        match kind {
            EventKind::Modify(ModifyKind::Data(_)) => {
                self.writing.insert(path.to_owned());
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
                self.writing.remove(path);
            }
            _ => {}
        }
    }

    /// Looks at the folder as it lies now. Gives back whether something has settled otherwise than before.
    pub(crate) fn look(&mut self, listing: &Listing, settle: Duration, now: Instant) -> bool {
        let paths: BTreeSet<_> = listing.keys().chain(self.settled.keys()).cloned().collect();
        self.moving.retain(|path, _| paths.contains(path));
        let mut changed = false;
        for path in paths {
            let lies = listing.get(&path).copied();
            if lies == self.settled.get(&path).copied() {
                self.moving.remove(&path);
                continue;
            }
            let moving = self.moving.entry(path.clone()).or_insert((lies, now));
            if moving.0 != lies {
                *moving = (lies, now);
            }
            let unsure = self.writing.contains(&path) || lies.is_some_and(|stamp| stamp.length == 0);
            if now.duration_since(moving.1) < if unsure { PATIENCE.max(settle) } else { settle } {
                continue;
            }
            changed = true;
            self.moving.remove(&path);
            match lies {
                Some(stamp) => self.settled.insert(path, stamp),
                None => self.settled.remove(&path),
            };
        }
        changed
    }

    /// Whether something is still moving.
    pub(crate) fn is_moving(&self) -> bool {
        !self.moving.is_empty()
    }
}
