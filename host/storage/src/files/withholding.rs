//! A layer over another folder that keeps what is written to itself until it is synced: a process that is killed then loses what a power
//! cut would have taken.

use oyez_model::port::{File, Files};
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;

/// For tests: nothing that was not synced outlives the process.
#[derive(Debug)]
pub struct Withholding {
    inner: Arc<dyn Files>,
    sync_is_off: bool,
}

#[derive(Debug)]
struct WithheldFile {
    inner: Arc<dyn File>,
    sync_is_off: bool,
    waiting: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl Withholding {
    /// Over this folder.
    #[must_use]
    pub fn new(inner: Arc<dyn Files>) -> Self {
        Self { inner, sync_is_off: false }
    }

    /// Syncing says that it is done, and does nothing: what a host does that forgets to sync.
    #[must_use]
    pub fn without_sync(inner: Arc<dyn Files>) -> Self {
        Self { inner, sync_is_off: true }
    }

    fn withhold(&self, inner: Arc<dyn File>) -> Arc<dyn File> {
        Arc::new(WithheldFile { inner, sync_is_off: self.sync_is_off, waiting: Mutex::default() })
    }
}

impl Files for Withholding {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        self.inner.create(name).map(|file| self.withhold(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        self.inner.open(name).map(|file| self.withhold(file))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.inner.sync_folder()
    }
}

impl File for WithheldFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut read = self.inner.read_at(buffer, offset)?;
        buffer[read..].fill(0);
        for (at, bytes) in &*self.waiting.lock() {
            // The part of this write that lies in the buffer.
            let (from, until) = (offset.max(*at), (offset + buffer.len() as u64).min(at + bytes.len() as u64));
            if from < until {
                let index = |n: u64| usize::try_from(n).expect("within the buffer");
                buffer[index(from - offset)..index(until - offset)].copy_from_slice(&bytes[index(from - at)..index(until - at)]);
                read = read.max(index(until - offset));
            }
        }
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.waiting.lock().push((offset, bytes.to_vec()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if self.sync_is_off {
            return Ok(());
        }
        for (offset, bytes) in self.waiting.lock().drain(..) {
            self.inner.write_at(&bytes, offset)?;
        }
        self.inner.sync()
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.inner.allocate(length)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let mut waiting = self.waiting.lock();
        waiting.retain_mut(|(offset, bytes)| {
            bytes.truncate(usize::try_from(length.saturating_sub(*offset)).unwrap_or(usize::MAX));
            !bytes.is_empty()
        });
        self.inner.truncate(length)
    }

    fn len(&self) -> io::Result<u64> {
        let withheld = self.waiting.lock().iter().map(|(offset, bytes)| offset + bytes.len() as u64).max().unwrap_or(0);
        Ok(self.inner.len()?.max(withheld))
    }
}
