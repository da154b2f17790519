//! What tests do to a folder in memory: failures, a full disk, power cuts.

use super::memory::MemoryFiles;
use parking_lot::Mutex;
use std::sync::Arc;

/// For tests and simulation.
impl MemoryFiles {
    /// A folder that can crash: it keeps track of what was not synced.
    #[must_use]
    pub fn crashing() -> Self {
        let files = Self::default();
        files.folder().lock().tracks = true;
        files
    }

    /// Syncing says that it is done, and does nothing: what a host does that forgets to sync.
    #[must_use]
    pub fn without_sync(self) -> Self {
        self.folder().lock().sync_is_off = true;
        self
    }

    /// The device fails after so many more writes and syncs, and does not come back before [`MemoryFiles::restart`]. A write that fails
    /// is written in part.
    pub fn fail_after(&self, operations: u64) {
        self.folder().lock().fails_after = Some(operations);
    }

    /// The device has room for so many more bytes of length.
    pub fn full_after(&self, bytes: u64) {
        self.folder().lock().room = Some(bytes);
    }

    /// The process ends and the device works again: nothing that was written is lost, whether it was synced or not. Handles that are open
    /// fail from here on.
    pub fn restart(&self) {
        let mut folder = self.folder().lock();
        folder.life += 1;
        (folder.fails_after, folder.room) = (None, None);
    }

    /// The power goes: some of what was not synced is lost, by the coin that is given. Handles that are open fail from here on.
    pub fn crash(&self, mut coin: impl FnMut() -> bool) {
        self.restart();
        let mut folder = self.folder().lock();
        let files = std::mem::take(&mut folder.files);
        let mut synced = std::mem::take(&mut folder.synced);
        // A name that was not synced may be there or not; so may one that was removed.
        synced.retain(|name, _| files.contains_key(name) || coin());
        for (name, content) in files {
            if synced.contains_key(&name) || coin() {
                synced.insert(name, content.lock().clone());
            } else {
                synced.remove(&name);
            }
        }
        for content in synced.values_mut() {
            content.crash(&mut coin);
        }
        folder.files = synced.iter().map(|(name, content)| (name.clone(), Arc::new(Mutex::new(content.clone())))).collect();
        folder.synced = synced;
    }
}
