//! A layer over a folder that tells when what was written to a file is about to be synced.

use oyez_model::port::{File, Files};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Tell = dyn Fn() + Send + Sync;

#[derive(Clone)]
pub(crate) struct Watched {
    inner: Arc<dyn Files>,
    tell: Arc<Tell>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.inner).finish()
    }
}

#[derive(Debug)]
struct WatchedFile {
    inner: Arc<dyn File>,
    folder: Watched,
    written: AtomicBool,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Files>, tell: impl Fn() + Send + Sync + 'static) -> Self {
        Self { inner, tell: Arc::new(tell) }
    }

    fn watch(&self, inner: Arc<dyn File>) -> Arc<dyn File> {
        Arc::new(WatchedFile { inner, folder: self.clone(), written: AtomicBool::new(false) })
    }
}

impl Files for Watched {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        self.inner.create(name).map(|file| self.watch(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        self.inner.open(name).map(|file| self.watch(file))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.inner.sync_folder()
    }
}

impl File for WatchedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.written.store(true, Ordering::SeqCst);
        self.inner.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        if self.written.swap(false, Ordering::SeqCst) {
            (self.folder.tell)();
        }
        self.inner.sync()
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.inner.allocate(length)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.inner.truncate(length)
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }
}
