//! Which files are there. Metadata only: nothing is read, and no link is followed to a folder or out of this one.

use crate::door::{Kind, Root, Stamp};
use rustix::fd::OwnedFd;
use rustix::fs::{Dir, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Folders within folders below the plugin folder: one more than a name has room for, so that what lies too deep is refused by its name.
const DEPTH_MAX: usize = 8;
/// Components, each with its `.toml` and `.sig`; a host of this size is looked through in some 20 ms.
const PAIRS_MAX: usize = 10_000;
/// Subfolders, all in all.
const FOLDERS_MAX: usize = 10_000;
/// Of what is wrong with subfolders so much is told; each kind of trouble is told at least once.
const COMPLAINTS_MAX: usize = 256;

/// The files that make a plugin, by the path that they share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) wasm: Option<Stamp>,
    pub(crate) toml: Option<Stamp>,
    pub(crate) sig: Option<Stamp>,
}

/// Something that is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PassedOver {
    /// Below the plugin folder.
    pub(crate) path: PathBuf,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// The folder at one moment.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Device and inode of the folder itself: it may be replaced as a whole.
    pub(crate) root: (u64, u64),
    /// By path below the folder, without `.wasm`, `.toml` or `.sig`. What is no file, or leads out, is here too: it is refused when it is read.
    pub(crate) pairs: BTreeMap<PathBuf, Pair>,
    /// Each subfolder that was entered, with its device and inode.
    pub(crate) folders: BTreeMap<PathBuf, (u64, u64)>,
    /// What cannot be taken up, and why.
    pub(crate) passed_over: Vec<PassedOver>,
    /// Subfolders that could not be read: what was known of them stands.
    pub(crate) unreadable: BTreeSet<PathBuf>,
    /// There are more subfolders than are looked into: what is not here need not be gone.
    pub(crate) partial: bool,
    /// Newcomers for which there was no room, and one of them.
    crowd: Option<(u64, PathBuf)>,
}

/// Walks the folder. Names that begin with a dot are ignored. What is `known` is always seen; of newcomers, so many as there is room for.
///
/// # Errors
/// The folder itself cannot be listed.
pub(crate) fn list(dir: &Path, known: &BTreeSet<PathBuf>) -> io::Result<Listing> {
    let root = Root::open(dir)?;
    let mut listing = Listing { root: Stamp::of(&fstat(root.folder())?).inode, ..Listing::default() };
    Walk { root: &root, known, newcomers: 0, listing: &mut listing }.folder(root.folder(), Path::new(""), 0)?;
    if let Some((more, path)) = listing.crowd.clone() {
        let message = format!(
            "the plugin folder holds {} components and .toml files more than its limit of {PAIRS_MAX}: this one and the others are passed over; take some out",
            more
        );
        listing.passed_over.push(PassedOver { path, code: "too-many-files", message });
    }
    Ok(listing)
}

impl Listing {
    /// Whether newcomers had to be turned away, so that it matters who is known.
    pub(crate) fn is_crowded(&self) -> bool {
        self.crowd.is_some()
    }

    /// Whether nothing is said here about what lies below a path, so that what was known of it stands.
    pub(crate) fn is_hidden(&self, path: &Path) -> bool {
        self.partial || path.ancestors().any(|folder| self.unreadable.contains(folder))
    }

    fn pass_over(&mut self, path: &Path, code: &'static str, message: impl Into<String>) {
        if self.passed_over.len() < COMPLAINTS_MAX || self.passed_over.iter().all(|passed| passed.code != code) {
            self.passed_over.push(PassedOver { path: path.to_owned(), code, message: message.into() });
        }
    }
}

struct Walk<'w> {
    root: &'w Root,
    known: &'w BTreeSet<PathBuf>,
    /// Pairs that were not known before.
    newcomers: usize,
    listing: &'w mut Listing,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &OwnedFd, below: &Path, depth: usize) -> io::Result<()> {
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name.starts_with(b".") {
                continue;
            }
            let (name, path) = (Path::new(OsStr::from_bytes(name)), below.join(OsStr::from_bytes(name)));
            let is_ours = suffix(name).is_some();
            // Each look costs, and the rest may be many. Where the system does not say what it is, it is looked at.
            let is_file = entry.file_type() == FileType::RegularFile;
            if is_file && !(is_ours && self.has_room(&path)) {
                continue;
            }
            // What vanished in between is not there.
            let Some(seen) = self.root.see_in(folder, name, &path)? else { continue };
            match seen.kind {
                Kind::Folder => self.enter(folder, name, &path, depth),
                _ if is_ours && (is_file || self.has_room(&path)) => self.file(&path, seen.stamp),
                Kind::LinkToFolder => {
                    self.listing.pass_over(
                        &path,
                        "link-to-folder",
                        "a link to a folder is not followed: put a folder there, and links to files into it",
                    );
                }
                // By its name it may have been meant as a folder; `notes.txt` was not.
                Kind::LeadsOut if name.extension().is_none() => {
                    let message = "the link leads out of the plugin folder, and is not followed: put there what it leads to";
                    self.listing.pass_over(&path, "link-out-of-folder", message);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn enter(&mut self, parent: &OwnedFd, name: &Path, path: &Path, depth: usize) {
        if depth == DEPTH_MAX {
            let message = format!("folders lie {DEPTH_MAX} deep at most: move what is in this one up");
            self.listing.pass_over(path, "folder-too-deep", message);
            return;
        }
        if self.listing.folders.len() == FOLDERS_MAX {
            self.listing.partial = true;
            let message = format!("the plugin folder has more than {FOLDERS_MAX} subfolders: this one and others are passed over; take some out");
            self.listing.pass_over(path, "too-many-files", message);
            return;
        }
        let how = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let entered = openat(parent, name, how, Mode::empty()).and_then(|folder| Ok((Stamp::of(&fstat(&folder)?).inode, folder)));
        let walked = entered.map_err(io::Error::from).and_then(|(identity, folder)| {
            self.listing.folders.insert(path.to_owned(), identity);
            self.folder(&folder, path, depth + 1)
        });
        match walked {
            // It went away, or was replaced, in between.
            Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => {}
            Err(error) => {
                let message = format!("the folder cannot be read: {error}; give this user the right to read and enter it. What runs from it goes on");
                self.listing.pass_over(path, "folder-unreadable", message);
                self.listing.unreadable.insert(path.to_owned());
            }
            Ok(()) => {}
        }
    }

    /// Whether one more file can be taken in; the pair that it belongs to may be here already.
    fn has_room(&mut self, path: &Path) -> bool {
        let pair = path.with_extension("");
        if self.known.contains(&pair) || self.listing.pairs.contains_key(&pair) || self.newcomers + self.known.len() < PAIRS_MAX {
            return true;
        }
        self.listing.crowd.get_or_insert_with(|| (0, path.to_owned())).0 += 1;
        false
    }

    fn file(&mut self, path: &Path, stamp: Stamp) {
        let (pair, suffix) = (path.with_extension(""), suffix(path));
        self.newcomers += usize::from(!self.known.contains(&pair) && !self.listing.pairs.contains_key(&pair));
        let pair = self.listing.pairs.entry(pair).or_default();
        let part = match suffix {
            Some("wasm") => &mut pair.wasm,
            Some("toml") => &mut pair.toml,
            _ => &mut pair.sig,
        };
        *part = Some(stamp);
    }
}

fn suffix(path: &Path) -> Option<&str> {
    path.extension().and_then(OsStr::to_str).filter(|suffix| matches!(*suffix, "wasm" | "toml" | "sig"))
}

/// The path with `.wasm`, `.toml` or `.sig` behind it. `with_extension` would eat the last part of `a.b`.
pub(crate) fn with_suffix(stem: &Path, suffix: &str) -> PathBuf {
    let mut path = stem.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}
