//! Why the folder cannot be watched at all.

use std::io;
use std::path::PathBuf;

/// Why the folder cannot be watched. What is wrong with one plugin is never one of these: it is a [`crate::Refused`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// Something else bears its name, or the name of a folder above it.
    #[error("`{}` is no folder, or lies below a file: name another plugin folder, or move the file away", .0.display())]
    NotAFolder(PathBuf),
    /// It was missing, and could not be made.
    #[error("the plugin folder `{}` is missing and cannot be made: {source}; make it, or name another", .dir.display())]
    NotCreated {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is there, and cannot be listed.
    #[error("the plugin folder `{}` cannot be read: {source}; give this user the right to read and enter it", .dir.display())]
    Unreadable {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WatchError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAFolder(_) => "folder-is-a-file",
            Self::NotCreated { .. } => "folder-not-created",
            Self::Unreadable { .. } => "folder-unreadable",
        }
    }
}
