//! What the system says of the folder: "look again", and which files are being written. Never believed beyond that.

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Files that are known to be open for writing, at most; more are treated as closed.
const OPEN_MAX: usize = 4_096;
/// Folders that are taken under watch at one look; the others follow at the next ones.
const WATCHES_MAX: usize = 256;

#[derive(Debug, Default)]
struct Shared {
    wake: Notify,
    open: Mutex<HashSet<PathBuf>>,
    /// What was renamed or taken away: a watch on a folder may have ended, though its path is there again.
    moved: Mutex<HashSet<PathBuf>>,
}

/// A set is whole between any two of its operations, so a poisoned lock harms nothing.
fn lock(set: &Mutex<HashSet<PathBuf>>) -> MutexGuard<'_, HashSet<PathBuf>> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        lock(&self.open)
    }

    fn take(&self, event: &Event) {
        if matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))) {
            let mut moved = lock(&self.moved);
            if moved.len() < OPEN_MAX {
                moved.extend(event.paths.iter().filter(|path| !is_ours(path)).cloned());
            }
        }
        match event.kind {
            // Reading, which we do ourselves, is no change.
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Remove(_)
            | EventKind::Create(_)
            | EventKind::Modify(ModifyKind::Name(_)) => {
                let mut open = self.open();
                event.paths.iter().for_each(|path| {
                    open.remove(path);
                });
            }
            EventKind::Access(_) => return,
            // Only Linux says when a file is closed; elsewhere none is held to be open.
            EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
                let mut open = self.open();
                if open.len() < OPEN_MAX {
                    open.extend(event.paths.iter().filter(|path| is_ours(path)).cloned());
                }
            }
            _ => {}
        }
        if event.need_rescan() {
            self.open().clear();
        }
        self.wake.notify_one();
    }
}

fn is_ours(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm" || extension == "toml" || extension == "sig")
}

/// The watch on one folder and those in it: each on its own, since a watch that finds them by itself would go as deep as they go.
#[derive(Debug)]
pub(crate) struct Signals {
    shared: Arc<Shared>,
    /// Device and inode of what is watched, as long as there is a watch.
    watched: Option<(u64, u64)>,
    /// The same of subfolders, by path below the folder.
    folders: BTreeMap<PathBuf, (u64, u64)>,
    /// By the path that the system reports: without symbolic links.
    root: PathBuf,
    watcher: Option<RecommendedWatcher>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self { shared: Arc::default(), watched: None, folders: BTreeMap::new(), root: PathBuf::new(), watcher: None }
    }

    /// Ends when there is reason to look again.
    pub(crate) async fn changed(&self) {
        self.shared.wake.notified().await;
    }

    /// Watches the folder that is there now and its subfolders, unless they are watched already. Where the system cannot, looking every
    /// second must do.
    pub(crate) fn attach(&mut self, dir: &Path, identity: (u64, u64), folders: &BTreeMap<PathBuf, (u64, u64)>) {
        if self.watched != Some(identity) {
            self.begin(dir, identity);
        }
        let moved = std::mem::take(&mut *lock(&self.shared.moved));
        if !moved.is_empty() {
            let root = &self.root;
            self.folders.retain(|folder, _| !root.join(folder).ancestors().any(|above| moved.contains(above)));
        }
        let Some(watcher) = &mut self.watcher else { return };
        self.folders.retain(|folder, _| {
            let stays = folders.contains_key(folder);
            if !stays {
                // It ends by itself where the folder is gone.
                let _ = watcher.unwatch(&self.root.join(folder));
            }
            stays
        });
        let fresh: Vec<_> = folders.iter().filter(|(folder, identity)| self.folders.get(*folder) != Some(identity)).take(WATCHES_MAX).collect();
        for (folder, identity) in &fresh {
            // One that cannot be watched is looked at every second; a warning each would be a flood.
            if let Err(error) = watcher.watch(&self.root.join(folder), RecursiveMode::NonRecursive) {
                tracing::debug!(%error, folder = %folder.display(), "the system does not report changes of a subfolder");
            }
            self.folders.insert((*folder).clone(), **identity);
        }
        if !fresh.is_empty() {
            // What was put there before the watch began was reported by nobody.
            self.shared.wake.notify_one();
        }
    }

    fn begin(&mut self, dir: &Path, identity: (u64, u64)) {
        self.watched = Some(identity);
        self.watcher = None;
        self.folders.clear();
        self.shared.open().clear();
        self.root = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let shared = Arc::clone(&self.shared);
        let take = move |event: notify::Result<Event>| match event {
            Ok(event) => shared.take(&event),
            Err(_) => shared.wake.notify_one(),
        };
        let made = RecommendedWatcher::new(take, Config::default().with_follow_symlinks(false));
        match made.and_then(|mut watcher| watcher.watch(&self.root, RecursiveMode::NonRecursive).map(|()| watcher)) {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => {
                tracing::warn!(%error, folder = %dir.display(), "the system does not report changes of the plugin folder: it is looked at every second");
            }
        }
    }

    /// The folder is gone, and the watch on it is dead.
    pub(crate) fn detach(&mut self) {
        self.watched = None;
        self.watcher = None;
    }

    /// The files that are being written, by path below the folder.
    pub(crate) fn open(&self) -> HashSet<PathBuf> {
        self.shared.open().iter().filter_map(|path| path.strip_prefix(&self.root).ok()).map(Path::to_owned).collect()
    }
}
