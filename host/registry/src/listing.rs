//! Which files are there. Metadata only: nothing is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders within folders below the plugin folder: one more than a name has room for, so that what lies too deep is refused by its name.
const DEPTH_MAX: usize = 8;

/// What changes whenever a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) len: u64,
    pub(crate) modified: Option<SystemTime>,
    /// When the inode changed, in seconds and nanoseconds: `cp -p` sets back the time above, never this one.
    pub(crate) changed: (i64, i64),
    /// Device and inode.
    pub(crate) inode: (u64, u64),
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            ((meta.ctime(), meta.ctime_nsec()), (meta.dev(), meta.ino()))
        };
        #[cfg(not(unix))]
        let (changed, inode) = ((0, 0), (0, 0));
        Self { len: meta.len(), modified: meta.modified().ok(), changed, inode }
    }
}

/// The two files that make a plugin, by the path that they share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) wasm: Option<Stamp>,
    pub(crate) toml: Option<Stamp>,
}

/// The folder at one moment.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Device and inode of the folder itself: it may be replaced as a whole.
    pub(crate) root: (u64, u64),
    /// By path below the folder, without `.wasm` or `.toml`.
    pub(crate) pairs: BTreeMap<PathBuf, Pair>,
    /// Subfolders that could not be read, and why: what was known of them stands.
    pub(crate) unreadable: BTreeMap<PathBuf, String>,
    /// Subfolders that are passed over: too deep, or a symbolic link.
    pub(crate) skipped: BTreeSet<PathBuf>,
}

/// Walks the folder. Names that begin with a dot are ignored; symbolic links are followed to files, and not to folders.
///
/// # Errors
/// The folder itself cannot be listed.
pub(crate) fn list(dir: &Path) -> io::Result<Listing> {
    let mut listing = Listing { root: Stamp::of(&fs::metadata(dir)?).inode, ..Listing::default() };
    listing.walk(dir, Path::new(""), 0)?;
    Ok(listing)
}

impl Listing {
    fn walk(&mut self, dir: &Path, below: &Path, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(dir.join(below))? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = below.join(entry.file_name());
            // What vanished in between, and links that lead nowhere, are not there.
            let (Ok(kind), Ok(meta)) = (entry.file_type(), fs::metadata(dir.join(&path))) else { continue };
            if meta.is_file() {
                self.file(&path, &meta);
            } else if meta.is_dir() && (kind.is_symlink() || depth == DEPTH_MAX) {
                self.skipped.insert(path);
            } else if meta.is_dir()
                && let Err(error) = self.walk(dir, &path, depth + 1)
                && error.kind() != io::ErrorKind::NotFound
            {
                self.unreadable.insert(path, error.to_string());
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, meta: &Metadata) {
        let suffix = path.extension().and_then(|extension| extension.to_str());
        if !matches!(suffix, Some("wasm" | "toml")) {
            return;
        }
        let pair = self.pairs.entry(path.with_extension("")).or_default();
        let half = if suffix == Some("wasm") { &mut pair.wasm } else { &mut pair.toml };
        *half = Some(Stamp::of(meta));
    }
}

/// The path with `.wasm` or `.toml` behind it. `with_extension` would eat the last part of `a.b`.
pub(crate) fn with_suffix(stem: &Path, suffix: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}
