//! A folder in memory: for hosts that keep nothing, and for tests, which can let it crash.

use super::content::Content;
use oyez_model::port::{File, Files};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// A folder in memory. It knows what was synced, so that it can crash; without a crash it is gone with the process all the same.
#[derive(Debug, Default)]
pub struct MemoryFiles(Arc<Mutex<Folder>>);

#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) files: BTreeMap<String, Arc<Mutex<Content>>>,
    /// The names that a crash leaves, with what each named.
    pub(super) synced: BTreeMap<String, Content>,
    /// A crash ends every handle that was open.
    pub(super) life: u64,
    /// Keeps track of what is not synced; off, it costs nothing.
    pub(super) tracks: bool,
    pub(super) sync_is_off: bool,
    /// Operations left until one fails, and for good.
    pub(super) fails_after: Option<u64>,
    /// Bytes by which files may still grow.
    pub(super) room: Option<u64>,
}

#[derive(Debug)]
struct MemoryFile {
    folder: Arc<Mutex<Folder>>,
    name: String,
    /// Its own: a file that is removed is read on by who has it open.
    content: Arc<Mutex<Content>>,
    life: u64,
}

impl Folder {
    pub(super) fn may(&mut self) -> io::Result<()> {
        match &mut self.fails_after {
            Some(0) => Err(io::Error::other("the device fails")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn grow(&mut self, bytes: u64) -> io::Result<()> {
        match &mut self.room {
            Some(room) if *room < bytes => return Err(io::ErrorKind::StorageFull.into()),
            Some(room) => *room -= bytes,
            None => {}
        }
        Ok(())
    }
}

impl MemoryFiles {
    pub(super) fn folder(&self) -> &Arc<Mutex<Folder>> {
        &self.0
    }

    fn handle(&self, name: &str, content: &Arc<Mutex<Content>>, life: u64) -> Arc<dyn File> {
        Arc::new(MemoryFile { folder: Arc::clone(&self.0), name: name.to_owned(), content: Arc::clone(content), life })
    }
}

impl Files for MemoryFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().files.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let mut folder = self.0.lock();
        folder.may()?;
        if folder.files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let content = Arc::new(Mutex::new(Content::new(folder.tracks)));
        folder.files.insert(name.to_owned(), Arc::clone(&content));
        Ok(self.handle(name, &content, folder.life))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let folder = self.0.lock();
        let content = folder.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.handle(name, content, folder.life))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut folder = self.0.lock();
        folder.may()?;
        folder.files.remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut folder = self.0.lock();
        folder.may()?;
        if folder.tracks && !folder.sync_is_off {
            folder.synced = folder.files.iter().map(|(name, content)| (name.clone(), content.lock().clone())).collect();
        }
        Ok(())
    }
}

impl MemoryFile {
    fn with<T>(&self, change: impl FnOnce(&mut Content) -> T) -> io::Result<T> {
        if self.folder.lock().life != self.life {
            return Err(io::Error::other("the handle is of a process that crashed"));
        }
        Ok(change(&mut self.content.lock()))
    }

    fn may(&self) -> io::Result<()> {
        self.folder.lock().may()
    }

    fn grow_to(&self, length: u64) -> io::Result<()> {
        let grows = length.saturating_sub(self.len()?);
        self.folder.lock().grow(grows)
    }
}

impl File for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(|content| content.read_at(buffer, offset))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.grow_to(offset + bytes.len() as u64)?;
        if let Err(failed) = self.may() {
            self.with(|content| content.write_at(&bytes[..bytes.len() / 2], offset))?;
            return Err(failed);
        }
        self.with(|content| content.write_at(bytes, offset))
    }

    fn sync(&self) -> io::Result<()> {
        if let Err(failed) = self.may() {
            self.with(Content::forget)?;
            return Err(failed);
        }
        let nothing_to_do = {
            let folder = self.folder.lock();
            folder.sync_is_off || !folder.tracks
        };
        if nothing_to_do {
            return Ok(());
        }
        let synced = self.with(|content| {
            content.sync();
            content.clone()
        })?;
        // A file that was there at the folder's last sync has this content after a crash.
        if let Some(there) = self.folder.lock().synced.get_mut(&self.name) {
            *there = synced;
        }
        Ok(())
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.may()?;
        self.grow_to(length)?;
        self.with(|content| content.grow(length))
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.may()?;
        self.with(|content| content.truncate(length))
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|content| content.len() as u64)
    }
}
