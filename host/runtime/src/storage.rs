//! Where the log and its views lie.

use crate::error::StartError;
use oyez_model::port::{Files, Log, Opened, Register, Slot, Started, Views};
use oyez_storage::{DataDir, Forgetful, MemoryFiles, MemoryViews, SegmentOptions, Segments};
use std::path::PathBuf;
use std::sync::Arc;

/// In memory a segment is reserved by filling it.
const MEMORY_SEGMENT_BYTES: u64 = 1 << 20;

/// However short the log is to be.
const SEGMENT_BYTES_MIN: u64 = 1 << 20;

/// Where the log and its views lie. Default = `./oyez-data`.
#[derive(Debug)]
pub struct Storage(Place);

/// What stands between the log and its files.
type Layer = fn(Arc<dyn Files>) -> Arc<dyn Files>;

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Memory,
    Wrapped(PathBuf, Layer),
}

/// What a host needs of it.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) log: Box<dyn Log>,
    pub(crate) views: Arc<dyn Views>,
    pub(crate) secret: [u8; 32],
    pub(crate) opened: Opened,
    /// Held for as long as the host runs: one process owns a data directory.
    pub(crate) owned: Option<DataDir>,
    pub(crate) starts: Starts,
}

/// The register of starts, and what it was left with.
#[derive(Debug)]
pub(crate) struct Starts {
    pub(crate) register: Arc<dyn Register>,
    pub(crate) found: Vec<(Slot, Started)>,
}

impl Storage {
    /// A data directory, made if it is not there. One process owns it.
    pub fn data_dir(path: impl Into<PathBuf>) -> Self {
        Self(Place::Folder(path.into()))
    }

    /// Memory: gone with the process. For tests, and for trying things out.
    #[must_use]
    pub fn memory() -> Self {
        Self(Place::Memory)
    }

    /// A data directory whose log is written through a layer of the caller's own: for tests of what a crash leaves.
    #[doc(hidden)]
    pub fn wrapped(path: impl Into<PathBuf>, layer: fn(Arc<dyn Files>) -> Arc<dyn Files>) -> Self {
        Self(Place::Wrapped(path.into(), layer))
    }

    /// Opens it; segments are so long, if nothing speaks against it.
    pub(crate) fn open(self, segment_bytes: Option<u64>) -> Result<Stores, StartError> {
        let (path, layer): (_, Layer) = match self.0 {
            Place::Memory => {
                let options = SegmentOptions { segment_bytes: MEMORY_SEGMENT_BYTES, salt: fastrand::u64(..) };
                let (log, opened) = Segments::open(Arc::new(MemoryFiles::default()), options, oyez_model::Sequence(0))?;
                let secret = std::array::from_fn(|_| fastrand::u8(..));
                return Ok(Stores {
                    log: Box::new(log),
                    views: Arc::new(MemoryViews::default()),
                    secret,
                    opened,
                    owned: None,
                    starts: Starts { register: Arc::new(Forgetful), found: Vec::new() },
                });
            }
            Place::Folder(path) => (path, |files| files),
            Place::Wrapped(path, layer) => (path, layer),
        };
        let folder = DataDir::open(&path)?;
        let views: Arc<dyn Views> = Arc::new(folder.views()?);
        let files = layer(folder.log_files()?);
        let options = SegmentOptions { salt: salt(folder.secret()), ..SegmentOptions::default() };
        let segment_bytes = segment_bytes.map_or(options.segment_bytes, |bytes| bytes.clamp(SEGMENT_BYTES_MIN, options.segment_bytes));
        let options = SegmentOptions { segment_bytes, ..options };
        let (log, opened) = Segments::open(files, options, views.applied()?)?;
        let (register, found) = folder.register()?;
        let starts = Starts { register: Arc::new(register), found };
        Ok(Stores { log: Box::new(log), views, secret: *folder.secret(), opened, owned: Some(folder), starts })
    }
}

/// Its last bytes, so that a log that has lost every header is still read. They stand in the log: the other 24 stay unknown.
fn salt(secret: &[u8; 32]) -> u64 {
    secret.last_chunk().copied().map_or(0, u64::from_le_bytes)
}
