//! A layer below the log that counts what is read from its files.

use oyez_model::port::{File, Files};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

static READS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// What was read from the log's files.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Calls.
    pub reads: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Reading {
    /// Since the process began.
    pub fn now() -> Self {
        Self { reads: READS.load(Ordering::SeqCst), bytes: BYTES.load(Ordering::SeqCst) }
    }

    /// But for that.
    pub fn without(self, other: Self) -> Self {
        Self { reads: self.reads - other.reads, bytes: self.bytes - other.bytes }
    }

    /// Since then.
    pub fn since(then: Self) -> Self {
        let now = Self::now();
        Self { reads: now.reads - then.reads, bytes: now.bytes - then.bytes }
    }
}

/// The layer.
pub fn counted(files: Arc<dyn Files>) -> Arc<dyn Files> {
    Arc::new(Counted(files))
}

#[derive(Debug)]
struct Counted(Arc<dyn Files>);

#[derive(Debug)]
struct CountedFile(Arc<dyn File>);

impl Files for Counted {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(CountedFile(self.0.create(name)?)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(CountedFile(self.0.open(name)?)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.0.sync_folder()
    }
}

impl File for CountedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.0.read_at(buffer, offset)?;
        READS.fetch_add(1, Ordering::SeqCst);
        BYTES.fetch_add(read as u64, Ordering::SeqCst);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.0.allocate(length)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
}
