//! The only way into the folder: nothing outside it is opened whatever a link says, and no open waits for anybody.
//!
//! A folder of plugins is written by people who may not read what the host may: a link is how they would have it read for them. So the
//! kernel itself is asked to stay below the folder, at the very open, where no race between a look and an open can be won.

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Links that name each other by absolute paths, in a row.
const HOPS_MAX: usize = 8;

/// What changes whenever a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) len: u64,
    /// In seconds and nanoseconds.
    pub(crate) modified: (i64, i64),
    /// When the inode changed: `cp -p` sets back the time above, never this one.
    pub(crate) changed: (i64, i64),
    /// Device and inode.
    pub(crate) inode: (u64, u64),
}

impl Stamp {
    #[allow(clippy::unnecessary_cast, reason = "the fields' types differ from system to system")]
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            len: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            inode: (stat.st_dev as u64, stat.st_ino as u64),
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file; by a link too, as long as it lies in the folder.
    File,
    Folder,
    /// A link to a folder.
    LinkToFolder,
    /// What is no file: what it is.
    Odd(&'static str),
    /// A link to what lies outside.
    LeadsOut,
    /// A link to what is not there, or to itself.
    LeadsNowhere,
}

/// A name, looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    /// Of the file that a link leads to; of the link itself where it leads to none that may be known.
    pub(crate) stamp: Stamp,
}

/// The plugin folder, held open. Its own name may be a link: that is the operator's.
#[derive(Debug)]
pub(crate) struct Root {
    folder: OwnedFd,
    /// Without links.
    path: PathBuf,
}

impl Root {
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let folder = openat(CWD, dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { folder, path: dir.canonicalize()? })
    }

    pub(crate) fn folder(&self) -> &OwnedFd {
        &self.folder
    }

    /// Looks at a name; `None`: it is not there. Opens nothing that could notice.
    pub(crate) fn see(&self, below: &Path) -> io::Result<Option<Seen>> {
        self.see_in(&self.folder, below, below)
    }

    /// The same of a name in a subfolder that is held open.
    pub(crate) fn see_in(&self, folder: &OwnedFd, name: &Path, below: &Path) -> io::Result<Option<Seen>> {
        let found = match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => found,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if FileType::from_raw_mode(found.st_mode) != FileType::Symlink {
            return Ok(Some(Seen { kind: kind(&found), stamp: Stamp::of(&found) }));
        }
        let (kind, stat) = match self.stat_below(below) {
            Ok(stat) => (if kind(&stat) == Kind::Folder { Kind::LinkToFolder } else { kind(&stat) }, stat),
            Err(Errno::XDEV) => (Kind::LeadsOut, found),
            // Also where the way there is barred: one link says nothing about the folder that it lies in.
            Err(_) => (Kind::LeadsNowhere, found),
        };
        Ok(Some(Seen { kind, stamp: Stamp::of(&stat) }))
    }

    /// Opens a regular file to be read. What is none may be opened too, and is to be told by its stamp; it is not waited for.
    ///
    /// # Errors
    /// [`Errno::XDEV`]: it leads out of the folder.
    pub(crate) fn open_file(&self, below: &Path) -> Result<File, Errno> {
        self.resolve(below, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).map(File::from)
    }

    #[cfg(target_os = "linux")]
    fn stat_below(&self, below: &Path) -> Result<Stat, Errno> {
        rustix::fs::fstat(self.resolve(below, OFlags::PATH)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn stat_below(&self, below: &Path) -> Result<Stat, Errno> {
        rustix::fs::stat(self.real(below)?)
    }

    /// Opens what a path leads to, if that lies in the folder.
    fn resolve(&self, below: &Path, how: OFlags) -> Result<OwnedFd, Errno> {
        let mut path = below.to_owned();
        for _ in 0..HOPS_MAX {
            match beneath(&self.folder, &path, how | OFlags::CLOEXEC) {
                // To the kernel a link with an absolute path leads out wherever it leads to.
                Err(Errno::XDEV) => path = self.inside(&path).ok_or(Errno::XDEV)?,
                Err(Errno::NOSYS | Errno::PERM) => return openat(CWD, self.real(&path)?, how | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty()),
                done => return done,
            }
        }
        Err(Errno::LOOP)
    }

    /// Where a link with an absolute path leads to, by a path below the folder.
    fn inside(&self, link: &Path) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStringExt;
        let target = readlinkat(&self.folder, link, Vec::new()).ok()?.into_bytes();
        let target = PathBuf::from(std::ffi::OsString::from_vec(target));
        target.strip_prefix(&self.path).ok().map(Path::to_owned)
    }

    /// Where a kernel knows no such open: the path without links, if it lies below. A folder that is swapped for a link in that very instant
    /// is not noticed.
    fn real(&self, below: &Path) -> Result<PathBuf, Errno> {
        let path = self.path.join(below).canonicalize().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        if path.starts_with(&self.path) { Ok(path) } else { Err(Errno::XDEV) }
    }
}

#[cfg(target_os = "linux")]
fn beneath(folder: impl AsFd, path: &Path, how: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    openat2(folder, path, how, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS)
}

#[cfg(not(target_os = "linux"))]
fn beneath(_: impl AsFd, _: &Path, _: OFlags) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

fn kind(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Fifo => Kind::Odd("a named pipe"),
        FileType::Socket => Kind::Odd("a socket"),
        FileType::CharacterDevice | FileType::BlockDevice => Kind::Odd("a device"),
        _ => Kind::Odd("something else"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_kernel_that_cannot_be_asked_is_no_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("plugins");
        fs::create_dir_all(dir.join("lib")).unwrap();
        fs::write(dir.join("lib/in"), "in").unwrap();
        fs::write(folder.path().join("out"), "out").unwrap();
        symlink("lib/in", dir.join("inside")).unwrap();
        symlink("../out", dir.join("outside")).unwrap();
        symlink(folder.path(), dir.join("lib/up")).unwrap();
        let root = Root::open(&dir).unwrap();
        assert!(root.real(Path::new("inside")).is_ok());
        for out in ["outside", "lib/up/out", "../out"] {
            assert_eq!(root.real(Path::new(out)), Err(Errno::XDEV), "{out}");
            assert_eq!(root.open_file(Path::new(out)).map(drop), Err(Errno::XDEV), "{out}");
        }
    }
}
