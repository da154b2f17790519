//! The folder as it lies: which files there are, and when they changed last.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Folders below each other, at most: as many as a name has parts.
const DEPTH_MAX: usize = 8;

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) length: u64,
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Components and settings by their path within the folder.
pub(crate) type Listing = BTreeMap<PathBuf, Stamp>;

/// The stamp of a file; nothing if it is not there, or no file.
pub(crate) fn stamp(path: &Path) -> Option<Stamp> {
    // A link stands for what it points at.
    let data = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let (modified, changed) = ((data.mtime(), data.mtime_nsec()), (data.ctime(), data.ctime_nsec()));
    Some(Stamp { length: data.len(), inode: data.ino(), modified, changed })
}

/// Lists a folder and those below it. Names that begin with a dot are passed over, and so are links to folders.
///
/// # Errors
/// The folder itself cannot be read; one below it that cannot is passed over.
pub(crate) fn list(dir: &Path) -> io::Result<Listing> {
    let mut listing = Listing::new();
    visit(dir, Path::new(""), DEPTH_MAX, &mut listing)?;
    Ok(listing)
}

fn visit(dir: &Path, below: &Path, depth: usize, listing: &mut Listing) -> io::Result<()> {
    for entry in fs::read_dir(dir.join(below))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = below.join(&name);
        if entry.file_type()?.is_dir() {
            if depth > 1 && let Err(error) = visit(dir, &path, depth - 1, listing) {
                tracing::warn!(folder = %path.display(), %error, "a folder below the plugin folder cannot be read");
            }
        } else if path.extension().is_some_and(|ext| ext == "wasm" || ext == "toml")
            && let Some(stamp) = stamp(&dir.join(&path))
        {
            listing.insert(path, stamp);
        }
    }
    Ok(())
}
