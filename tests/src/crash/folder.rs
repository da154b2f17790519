//! The plugins that take part, and their folder: what they listen to, and how they come, go and change.

use crate::{Result, component, rebuilt};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A plugin that takes part. Each event has one at most that takes it.
#[derive(Debug)]
pub(super) struct Plugin {
    pub(super) name: &'static str,
    /// The guest that it is.
    guest: &'static str,
    /// Its one subscription, by its whole name.
    pub(super) subscription: &'static str,
    /// The attribute and its value by which it knows its events.
    filter: (&'static str, &'static str),
    /// Attempts for an event, if nothing but its own nature makes it fail.
    pub(super) attempts: u64,
    /// More of its subscription, and more of its settings.
    settings: &'static str,
}

/// Events go to the first of a chain, to the stubborn, to the counters, to the picky.
pub(super) const CHAIN: &str = "crash.chain.v1";
pub(super) const RETRY: &str = "crash.retry.v1";
pub(super) const COUNT: &str = "crash.count.v1";
pub(super) const PICK: &str = "crash.pick.v1";

/// The one that keeps counters.
pub(super) const COUNTS: usize = 4;
/// The one whose dead letters park their key.
pub(super) const PICKY: usize = 5;

pub(super) const PLUGINS: [Plugin; 6] = [
    Plugin { name: "first", guest: "echo", subscription: "first/on-echo", filter: ("type", CHAIN), attempts: 1, settings: "" },
    Plugin { name: "second", guest: "echo", subscription: "second/on-echo", filter: ("source", "/plugins/first"), attempts: 1, settings: "" },
    Plugin { name: "third", guest: "echo", subscription: "third/on-echo", filter: ("source", "/plugins/second"), attempts: 1, settings: "" },
    Plugin {
        name: "stubborn",
        guest: "retry_twice_then_complete",
        subscription: "stubborn/on-third-time-lucky",
        filter: ("type", RETRY),
        attempts: 3,
        settings: "",
    },
    Plugin {
        name: "counts",
        guest: "counts",
        subscription: "counts/on-count",
        filter: ("type", COUNT),
        attempts: 1,
        settings: "concurrency = 64\n[grants]\nstate = true\n",
    },
    Plugin {
        name: "picky",
        guest: "picky",
        subscription: "picky/on-pick",
        filter: ("type", PICK),
        attempts: 1,
        settings: "[subscription.retry]\non_dead = \"park\"\n",
    },
];

impl Plugin {
    pub(super) fn takes(&self, event: &Value) -> bool {
        event[self.filter.0] == self.filter.1
    }

    fn toml(&self) -> String {
        let (attribute, value) = self.filter;
        let name = self.subscription.rsplit('/').next().expect("a whole name has two parts");
        let filters = format!("[{{ exact = {{ {attribute} = \"{value}\" }} }}]");
        format!("[[subscription]]\nname = \"{name}\"\nstart = \"beginning\"\nfilters = {filters}\n{}", self.settings)
    }
}

/// The folder of a host.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The last build of any plugin.
    build: u8,
    components: Vec<Vec<u8>>,
}

impl Folder {
    /// Lays out every plugin.
    pub(super) fn lay_out(path: &Path) -> Result<Self> {
        fs::create_dir(path.join("plugins"))?;
        let components = PLUGINS.iter().map(|plugin| component(&format!("guests/{}", plugin.guest))).collect();
        let folder = Self { path: path.to_owned(), build: 0, components };
        for (i, plugin) in PLUGINS.iter().enumerate() {
            folder.write(i, "toml", plugin.toml().as_bytes())?;
            folder.put(i)?;
        }
        Ok(folder)
    }

    /// Puts a plugin there as it was first.
    pub(super) fn put(&self, plugin: usize) -> Result<()> {
        self.write(plugin, "wasm", &self.components[plugin])
    }

    /// Puts another build of it over the one that is there.
    pub(super) fn rebuild(&mut self, plugin: usize) -> Result<()> {
        self.build = self.build.wrapping_add(1);
        self.write(plugin, "wasm", &rebuilt(self.components[plugin].clone(), self.build))
    }

    pub(super) fn remove(&self, plugin: usize) -> Result<()> {
        Ok(fs::remove_file(self.file(plugin, "wasm"))?)
    }

    /// Tells the picky one to take everything, or not.
    pub(super) fn mend(&self, mended: bool) -> Result<()> {
        let config = if mended { "[config]\nmended = true\n" } else { "" };
        self.write(PICKY, "toml", format!("{}{config}", PLUGINS[PICKY].toml()).as_bytes())
    }

    /// Whole or not at all: a host that starts while a file is being written cannot know that, and takes what has stood still for a while.
    fn write(&self, plugin: usize, ending: &str, bytes: &[u8]) -> Result<()> {
        let part = self.path.join("plugins/.part");
        fs::write(&part, bytes)?;
        Ok(fs::rename(part, self.file(plugin, ending))?)
    }

    fn file(&self, plugin: usize, ending: &str) -> PathBuf {
        self.path.join(format!("plugins/{}.{ending}", PLUGINS[plugin].name))
    }
}
