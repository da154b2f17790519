//! A host in a process of its own that never restarts, a good neighbour in its folder, and guests dropped beside it.

use super::{Guest, process::Process};
use crate::{Client, Result, Running, component, event, until};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// What every guest takes.
pub const EVENT: &str = "hostile.event.v1";
/// The plugin that is to notice nothing: it emits what it gets.
pub const NEIGHBOUR: &str = "neighbour";
/// What it takes.
pub(super) const ASKED: &str = "test.event.v1";
/// What it emits.
pub(super) const ANSWERED: &str = "test.echoed.v1";
/// What all guests have in their `.toml`: what they get, and less of everything than by default, so that a run of all of them ends.
/// What a guest has of its own stands behind it, and so may go on with `[limits]`.
const SETTINGS: &str = r#"
[[subscription]]
name = "on-event"
filters = [{ exact = { type = "hostile.event.v1" } }]
[subscription.retry]
attempts = 2
delay = "5ms"
delay_max = "20ms"
[limits]
cpu = "100ms"
time = "5s"
"#;

/// A host, its folder, and the neighbour in it.
#[derive(Debug)]
pub struct Stand {
    folder: TempDir,
    host: Running,
}

impl Stand {
    /// Starts a host with nobody but the neighbour.
    ///
    /// # Errors
    /// It does not start, or the neighbour does not run.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("plugins"))?;
        fs::write(folder.path().join(format!("plugins/{NEIGHBOUR}.wasm")), component("guests/echo"))?;
        let host = Running::start(folder.path())?;
        if let Some(damage) = host.until_ready()? {
            return Err(damage.into());
        }
        host.until_plugin(NEIGHBOUR, |plugin| plugin.is_some_and(|plugin| plugin["state"] == "running"))?;
        Ok(Self { folder, host })
    }

    /// How the host is spoken to.
    #[must_use]
    pub fn client(&self) -> Client {
        self.host.client()
    }

    /// The host, as a process.
    pub(super) fn process(&self) -> Process {
        Process(self.host.id())
    }

    /// Whether it is the same process still, and runs.
    ///
    /// # Errors
    /// Nobody knows.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self.host.is_alive()?)
    }

    /// What the host said so far.
    ///
    /// # Errors
    /// Its log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.folder.path().join("log"))?).into_owned())
    }

    /// Stops the host in order.
    ///
    /// # Errors
    /// It ends badly.
    pub fn stop(mut self) -> Result<()> {
        self.host.terminate()
    }

    /// Drops a guest into the folder, the `.toml` first.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn drop_in(&self, name: &str, guest: &Guest) -> Result<()> {
        self.lay_by(name, guest)?;
        self.let_in(name)
    }

    /// Puts a guest on the disk, beside the folder. Whoever writes megabytes to a disk holds up those who sync to it, which is no doing of the guest's.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn lay_by(&self, name: &str, guest: &Guest) -> Result<()> {
        // Zeros at the end are a hole: what a disk takes to write a giant is not the host's doing.
        let end = guest.wasm.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        fs::write(self.file(name, "toml"), format!("{SETTINGS}{}", guest.settings))?;
        let mut file = fs::File::create(self.laid_by(name))?;
        file.set_len(guest.wasm.len() as u64)?;
        file.write_all(&guest.wasm[..end])?;
        Ok(file.sync_all()?)
    }

    /// Moves a guest into the folder that was laid by.
    ///
    /// # Errors
    /// It was not.
    pub(super) fn let_in(&self, name: &str) -> Result<()> {
        Ok(fs::rename(self.laid_by(name), self.file(name, "wasm"))?)
    }

    /// Takes a guest out, and waits until nothing of it runs.
    ///
    /// # Errors
    /// It cannot be removed, or does not end.
    pub fn take_out(&self, name: &str) -> Result<()> {
        fs::remove_file(self.file(name, "wasm"))?;
        fs::remove_file(self.file(name, "toml"))?;
        self.host.until_plugin(name, |plugin| plugin.is_none())?;
        until("the end of what runs", || Ok(self.host.count(&format!("{name}/on-event"), "in-flight")? == 0))
    }

    fn laid_by(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.laid-by"))
    }

    fn file(&self, name: &str, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("plugins/{name}.{suffix}"))
    }

    /// Publishes events for guests; gives back their sequences.
    ///
    /// # Errors
    /// They are not taken.
    pub fn feed(&self, ids: impl IntoIterator<Item = u64>) -> Result<Vec<u64>> {
        let events: Vec<Value> = ids.into_iter().map(|id| event(&format!("h-{id}"), EVENT, &format!("s-{id}"), &json!({ "id": id }))).collect();
        Ok(self.host.publish(&events)?.iter().filter_map(|receipt| receipt["sequence"].as_u64()).collect())
    }

    /// Attempts of the neighbour that failed, whatever they came to, and its deliveries that died.
    ///
    /// # Errors
    /// No answer.
    pub fn neighbours_failures(&self) -> Result<u64> {
        let all = self.host.subscriptions()?;
        let its = all.get(&format!("{NEIGHBOUR}/on-echo")).ok_or("the neighbour is gone")?;
        let count = |state: &str| its["counts"][state].as_u64().unwrap_or(0);
        let ended = count("settled") + count("in-flight") + count("pending");
        Ok(its["attempts"].as_u64().unwrap_or(0).saturating_sub(ended) + count("dead") + count("waiting"))
    }

    /// The longest cpu time of one attempt of a plugin at one of these events.
    ///
    /// # Errors
    /// No answer.
    pub(super) fn longest_attempt(&self, plugin: &str, sequences: &[u64]) -> Result<Duration> {
        let mut longest = 0;
        for sequence in sequences {
            let trace = self.host.get(&format!("/v1/events/{sequence}/trace"))?;
            let deliveries = trace["deliveries"].as_array().into_iter().flatten();
            let its = deliveries.filter(|delivery| delivery["subscription"].as_str().is_some_and(|name| name.split('/').next() == Some(plugin)));
            let attempts = its.flat_map(|delivery| delivery["attempts"].as_array().into_iter().flatten());
            longest = attempts.filter_map(|attempt| attempt["cpuNanos"].as_u64()).fold(longest, u64::max);
        }
        Ok(Duration::from_nanos(longest))
    }
}
