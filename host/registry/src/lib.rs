//! The plugin folder: watch, settle, read, load, tell.
//!
//! ```text
//! notify, or a second gone by -> list -> settle -> who is who -> load -> FolderEvent
//! ```
//!
//! The watcher only says "look again": what is to be done follows from the folder as it lies, and from what was loaded before. A file
//! is read once it has stood still, and what runs goes on until something better has loaded.

mod candidates;
mod listing;
mod load;
mod settings;
mod stillness;
mod table;
mod watch;

pub use watch::watch;

use oyez_model::port::{Plugin, PluginSettings};
use oyez_model::{PluginName, SubscriptionSpec, Version};
use std::path::PathBuf;
use std::time::Duration;

/// Which folder, and how it is watched.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// The folder; made if it is not there.
    pub dir: PathBuf,
    /// How long a file must stay as it is before it is read. Default = 250 ms. Raise it for folders on slow networks.
    pub settle: Duration,
}

impl FolderOptions {
    /// This folder, with every default.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, settle: Duration::from_millis(250) }
    }
}

/// A plugin that is to run from here on, in the place of what ran under its name.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its name.
    pub name: PluginName,
    /// Its component.
    pub file: PathBuf,
    /// What it says, and what runs.
    pub plugin: Plugin,
    /// What the operator says.
    pub settings: PluginSettings,
    /// Its subscriptions: what `describe` says, and the `.toml` over it.
    pub subscriptions: Vec<SubscriptionSpec>,
    /// It takes events, and runs none.
    pub paused: bool,
}

/// Something in the folder that does not load. What runs under its name goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The plugin's name, as far as it has one.
    pub name: String,
    /// The file that is wrong.
    pub file: PathBuf,
    /// The code by which `oyez help` explains it.
    pub code: &'static str,
    /// What, which value, which limit, what to do.
    pub message: String,
    /// The build that was refused, if it was read.
    pub version: Option<Version>,
}

/// What happened in the folder.
#[derive(Clone, Debug)]
pub enum FolderEvent {
    /// A plugin came, or changed.
    Loaded(Box<Loaded>),
    /// Something does not load.
    Refused(Refused),
    /// A plugin went, by its name; or something that was refused.
    Removed(String),
    /// Once: everything that was there at the start was loaded or refused.
    Scanned,
}

/// Why the folder cannot be watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// It cannot be made, or is no folder.
    #[error("the plugin folder {} cannot be used: {source}; give another by --plugins", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl WatchError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "plugins-dir-unusable",
        }
    }
}
