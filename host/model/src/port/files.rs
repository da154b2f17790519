//! A folder of files as the log's segments need it: the place where simulation and the layer that discards unsynced bytes come in.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

/// One folder, owned by one process, with its files. Names are plain: no separators.
///
/// Laws (one suite tests them against every implementation; what is in memory only ends with its process):
/// 1. What was written and synced is read back after a crash; what was not may be there in part, in any order, or not at all.
/// 2. A file created, and the folder synced, is there after a crash; so is the absence of one removed.
/// 3. `list` names each file once, sorted. `create` refuses a name that is there, `open` and `remove` one that is not.
/// 4. What was written is read back at once by the handle that wrote it, and a file removed is read on by who has it open.
/// 5. Bytes that were never written are zero, those that were cut off too; a read ends with the file.
pub trait Files: Send + Sync + Debug {
    /// The names of all files, sorted.
    ///
    /// # Errors
    /// The folder cannot be read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Creates a file that is not there.
    ///
    /// # Errors
    /// It is there, or the folder takes no files.
    fn create(&self, name: &str) -> io::Result<Arc<dyn File>>;

    /// Opens a file that is there, for reading and writing.
    ///
    /// # Errors
    /// It is not there, or may not be opened.
    fn open(&self, name: &str) -> io::Result<Arc<dyn File>>;

    /// Removes a file.
    ///
    /// # Errors
    /// It is not there, or may not be removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations and removals durable.
    ///
    /// # Errors
    /// The device says no: stop writing.
    fn sync_folder(&self) -> io::Result<()>;
}

/// One file, read and written by place, under the laws of [`Files`].
pub trait File: Send + Sync + Debug {
    /// Reads up to `buffer.len()` bytes at `offset`; fewer only at the end of the file.
    ///
    /// # Errors
    /// The device says no.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// The device says no, or is full; part may be written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes every byte written so far durable (`fdatasync`).
    ///
    /// # Errors
    /// The device says no: what was written since the last sync is lost or not, nobody knows. Stop writing.
    fn sync(&self) -> io::Result<()>;

    /// Reserves room, so that later writes change no metadata; the file is at least `length` long and new bytes are zero.
    ///
    /// # Errors
    /// No room.
    fn allocate(&self, length: u64) -> io::Result<()>;

    /// Cuts the file to `length`.
    ///
    /// # Errors
    /// The device says no.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Its length in bytes.
    ///
    /// # Errors
    /// The device says no.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has no bytes.
    ///
    /// # Errors
    /// The device says no.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}
