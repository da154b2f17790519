//! One file of the folder read whole, and at one moment.

use crate::door::{Kind, Root, Stamp};
use rustix::fs::fstat;
use rustix::io::Errno;
use std::io::{self, Read};
use std::iter;
use std::path::Path;
use std::sync::Arc;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It is not, or no longer, the file that was listed.
    #[error("the file changed while it was read")]
    Changed,
    #[error("the file is {len} bytes long, over the limit of {max}: make it smaller")]
    TooLarge { len: u64, max: u64 },
    #[error("it is {0}, and no file: put a file there")]
    NotAFile(&'static str),
    #[error("the link leads out of the plugin folder, and is not followed: copy there what it leads to")]
    LeadsOut,
    #[error("the link leads nowhere, or where this user may not go: mend it, or take it away")]
    LeadsNowhere,
    #[error("the file cannot be read: {0}; give this user the right to read it")]
    Io(#[from] io::Error),
}

impl ReadError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Changed => "file-changed",
            Self::TooLarge { .. } => "too-large",
            Self::NotAFile(_) => "not-a-file",
            Self::LeadsOut => "link-out-of-folder",
            Self::LeadsNowhere => "broken-link",
            Self::Io(_) => "unreadable",
        }
    }
}

/// Reads the very file that was listed, whole and at one moment: its bytes are never taken from anywhere again. Waits for the disk, and
/// for nothing else.
///
/// # Errors
/// It changed since or meanwhile, it is too large or no file, it lies outside, the system refused.
pub(crate) fn read(dir: &Path, below: &Path, stamp: Stamp, max: u64) -> Result<Arc<[u8]>, ReadError> {
    // A folder that is gone is no reason to refuse what ran from it.
    let root = Root::open(dir).map_err(|_| ReadError::Changed)?;
    let seen = root.see(below)?.filter(|seen| seen.stamp == stamp).ok_or(ReadError::Changed)?;
    match seen.kind {
        Kind::File if stamp.len > max => return Err(ReadError::TooLarge { len: stamp.len, max }),
        Kind::File => {}
        Kind::Folder => return Err(ReadError::NotAFile("a folder")),
        Kind::LinkToFolder => return Err(ReadError::NotAFile("a link to a folder")),
        Kind::Odd(what) => return Err(ReadError::NotAFile(what)),
        Kind::LeadsOut => return Err(ReadError::LeadsOut),
        Kind::LeadsNowhere => return Err(ReadError::LeadsNowhere),
    }
    let mut file = root.open_file(below).map_err(|error| match error {
        // Replaced since, or somebody holds a lease on it.
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::AGAIN | Errno::NXIO => ReadError::Changed,
        error => ReadError::Io(error.into()),
    })?;
    let unchanged = |file: &_| match fstat(file) {
        Ok(stat) if Stamp::of(&stat) == stamp => Ok(()),
        _ => Err(ReadError::Changed),
    };
    unchanged(&file)?;
    // Where it is to stay: a vector would be copied, and a component is large.
    let mut bytes: Arc<[u8]> = iter::repeat_n(0, usize::try_from(stamp.len).unwrap_or_default()).collect();
    let place = Arc::get_mut(&mut bytes).expect("nobody else has it yet");
    file.read_exact(place).map_err(|error| if error.kind() == io::ErrorKind::UnexpectedEof { ReadError::Changed } else { error.into() })?;
    unchanged(&file)?;
    Ok(bytes)
}
