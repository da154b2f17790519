//! What the folder reports, and how it is watched.

use crate::escape::visible;
use crate::provide::Provisions;
use oyez_model::port::{Plugin, PluginSettings};
use oyez_model::{PluginName, SubscriptionSpec, Terms, Version};
use std::path::PathBuf;
use std::time::Duration;

/// Which folder, and when a file in it counts as whole.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// The plugin folder. Made if it is missing.
    pub dir: PathBuf,
    /// How long a file's length, times and inode must stand still before it is read. Default = 250 ms. Raise it where files arrive
    /// over a slow network without an end that the system reports.
    pub settle: Duration,
    /// What the host has to give to plugins. Default = nothing.
    pub provisions: Provisions,
}

impl FolderOptions {
    /// This folder, and every default.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), settle: Duration::from_millis(250), provisions: Provisions::default() }
    }
}

/// A plugin that loaded, with all that the operator says of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its name.
    pub name: PluginName,
    /// Its component, for messages.
    pub file: PathBuf,
    /// What the loader made of it.
    pub plugin: Plugin,
    /// With which settings.
    pub settings: PluginSettings,
    /// What decided them.
    pub terms: Terms,
    /// What it subscribes to: `describe`'s subscriptions with the `.toml`'s laid over them, then those of the `.toml` alone. Never empty.
    pub subscriptions: Vec<SubscriptionSpec>,
    /// Whether it takes events and runs none.
    pub paused: bool,
}

impl Loaded {
    /// Whether the other says the same, so that nothing need be told.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.plugin.version == other.plugin.version
            && self.file == other.file
            && self.settings == other.settings
            && self.terms == other.terms
            && self.subscriptions == other.subscriptions
            && self.paused == other.paused
    }
}

/// Something in the folder that was refused. What ran before goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The plugin's name, or what would be its name if it were a valid one, with what would steer a terminal written out.
    pub name: String,
    /// The file at fault: the component or the `.toml`.
    pub file: PathBuf,
    /// The code by which `oyez help` explains it.
    pub code: &'static str,
    /// What, which value, which limit, what to do. Does not repeat the file.
    pub message: String,
    /// The build that was refused, where it came so far.
    pub version: Option<Version>,
}

impl Refused {
    pub(crate) fn new(name: &str, file: PathBuf, code: &'static str, message: &str, version: Option<Version>) -> Self {
        // Names and settings of others are quoted in it.
        Self { name: visible(name), file, code, message: visible(message), version }
    }
}

/// What happened in the folder. Of one plugin, in order.
#[derive(Clone, Debug)]
pub enum FolderEvent {
    /// A plugin is new or changed. Sent again, with the same plugin, when a refusal that stood against its name is cured: whoever keeps
    /// reasons forgets them here, and those that still stand are sent again after it.
    Loaded(Box<Loaded>),
    /// Something was refused; what runs under that name goes on.
    Refused(Refused),
    /// Nothing in the folder makes a plugin of this name any more: neither what ran, nor what was refused (then the name may be no valid one).
    Removed(String),
    /// Once: all that was there at the start was loaded or refused. A file that is still being written after ten seconds is not waited for.
    Scanned,
}
