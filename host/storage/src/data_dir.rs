//! A data directory: one process owns it, and knows its format before it touches anything.

use crate::files::make_folder;
use crate::{DiskFiles, FileRegister, FjallViews};
use oyez_model::port::{Slot, Started, ViewsError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FORMAT: u32 = 1;
const FORMAT_NAME: &str = "FORMAT";
const LOCK_NAME: &str = "LOCK";
const SECRET_NAME: &str = "secret";
const STARTS_NAME: &str = "starts";

/// A data directory, owned until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    secret: [u8; 32],
    _lock: File,
}

/// Why a data directory cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataDirError {
    /// Another process has it.
    #[error("the data directory {} is in use by process {pid}: stop that one, or give another by --data-dir", path.display())]
    InUse {
        /// Which directory.
        path: PathBuf,
        /// Who has it, as far as it said.
        pid: String,
    },
    /// A later host wrote it.
    #[error("the data directory {} has format {found}, and this host knows up to {known}: use a newer `oyez`", path.display())]
    Newer {
        /// Which directory.
        path: PathBuf,
        /// What it says.
        found: u32,
        /// What we know.
        known: u32,
    },
    /// It is something else.
    #[error("{} is no data directory of ours: it has `{found}`, and nothing says what it is; give an empty or a new one by --data-dir", path.display())]
    Foreign {
        /// Which directory.
        path: PathBuf,
        /// Something in it.
        found: String,
    },
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// On what.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl DataDirError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "data-dir-in-use",
            Self::Newer { .. } => "data-dir-newer",
            Self::Foreign { .. } => "data-dir-invalid",
            Self::Io { .. } => "data-dir-io",
        }
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

impl DataDir {
    /// Takes a data directory, made if it is not there. Nobody but its owner reads it (mode 0700).
    ///
    /// # Errors
    /// It is in use, of a later format, something else, or cannot be written.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        make_folder(path, 0o700).map_err(DataDirError::io(path))?;
        check_content(path)?;
        let lock = take(path)?;
        check_format(path)?;
        let secret = secret(path).map_err(DataDirError::io(&path.join(SECRET_NAME)))?;
        Ok(Self { path: path.to_owned(), secret, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the log.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn log_files(&self) -> Result<Arc<DiskFiles>, DataDirError> {
        let path = self.path.join("log");
        DiskFiles::open(&path).map(Arc::new).map_err(DataDirError::io(&path))
    }

    /// The views.
    ///
    /// # Errors
    /// They do not open.
    pub fn views(&self) -> Result<FjallViews, ViewsError> {
        FjallViews::open(&self.path.join("views"))
    }

    /// The register of starts, and what had begun and not ended when the last process ended without warning.
    ///
    /// # Errors
    /// It does not open.
    pub fn register(&self) -> Result<(FileRegister, Vec<(Slot, Started)>), DataDirError> {
        let path = self.path.join(STARTS_NAME);
        FileRegister::open(&path).map_err(DataDirError::io(&path))
    }

    /// What nobody outside knows: 32 bytes of the system's randomness, made with the directory.
    #[must_use]
    pub const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

/// A folder with content that nothing explains is not ours to write into.
fn check_content(path: &Path) -> Result<(), DataDirError> {
    let ours = |name: &str| name == LOCK_NAME || name.strip_suffix(".part") == Some(FORMAT_NAME);
    let entries =
        fs::read_dir(path).and_then(|entries| entries.map(|e| Ok(e?.file_name().to_string_lossy().into_owned())).collect::<io::Result<Vec<_>>>());
    let names = entries.map_err(DataDirError::io(path))?;
    if names.iter().any(|name| name == FORMAT_NAME) {
        return Ok(());
    }
    match names.into_iter().find(|name| !ours(name)) {
        Some(found) => Err(DataDirError::Foreign { path: path.to_owned(), found }),
        None => Ok(()),
    }
}

fn take(path: &Path) -> Result<File, DataDirError> {
    let at = path.join(LOCK_NAME);
    let mut lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&at).map_err(DataDirError::io(&at))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Who it is helps, and is not needed.
            let _ = lock.read_to_string(&mut pid);
            let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
            return Err(DataDirError::InUse { path: path.to_owned(), pid });
        }
        Err(fs::TryLockError::Error(source)) => return Err(DataDirError::Io { path: at, source }),
    }
    lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(DataDirError::io(&at))?;
    Ok(lock)
}

fn check_format(path: &Path) -> Result<(), DataDirError> {
    let at = path.join(FORMAT_NAME);
    match fs::read_to_string(&at) {
        Ok(text) => match text.trim().strip_prefix("oyez-data ").and_then(|number| number.parse().ok()) {
            Some(FORMAT) => Ok(()),
            Some(found) => Err(DataDirError::Newer { path: path.to_owned(), found, known: FORMAT }),
            None => Err(DataDirError::Foreign { path: path.to_owned(), found: FORMAT_NAME.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write_whole(path, FORMAT_NAME, format!("oyez-data {FORMAT}\n").as_bytes()).map_err(DataDirError::io(&at))
        }
        Err(source) => Err(DataDirError::Io { path: at, source }),
    }
}

fn secret(path: &Path) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    match File::open(path.join(SECRET_NAME)) {
        Ok(mut file) => file.read_exact(&mut secret)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            File::open("/dev/urandom")?.read_exact(&mut secret)?;
            write_whole(path, SECRET_NAME, &secret)?;
        }
        Err(error) => return Err(error),
    }
    Ok(secret)
}

/// A file that is there whole or not at all, and outlives a power cut.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!("{name}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, folder.join(name))?;
    File::open(folder)?.sync_all()
}
