//! What the host says of itself on standard error: what no healthy host says is a fault.

use super::model::Fault;
use crate::Result;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The host's log, read bit by bit.
#[derive(Debug)]
pub(super) struct HostLog {
    path: PathBuf,
    read: u64,
    /// Starts that found the end of a write that was never acknowledged, and cut it off.
    pub(super) torn: u64,
}

impl HostLog {
    pub(super) fn of(folder: &Path) -> Self {
        Self { path: folder.join("log"), read: 0, torn: 0 }
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// An error, or a panic.
    pub(super) fn look(&mut self) -> Result<()> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut new = Vec::new();
        self.read += file.read_to_end(&mut new)? as u64;
        for line in String::from_utf8_lossy(&new).lines() {
            // Of a plugin that the operator took away, the settings are left.
            if line.contains("panicked at") || line.contains(" ERROR ") && !line.contains("missing-component") {
                return Err(Fault::Broken(line.to_owned()).into());
            }
            self.torn += u64::from(line.contains("it was cut off"));
        }
        Ok(())
    }
}
