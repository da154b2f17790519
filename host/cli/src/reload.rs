//! Settings, tokens and certificates, read again while a host runs: when their files change, and on SIGHUP.
//!
//! Files are looked at, not watched: they are few, and mounts such as those of secrets change by links that no watch sees.

use crate::args::RunArgs;
use crate::error::{Failure, Result};
use crate::network;
use crate::settings::{Settings, differing};
use oyez_http::ServerOptions;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// How often the files are looked at. One that changed is read when it looks the same twice: somebody may still be writing it.
const LOOK: Duration = Duration::from_millis(500);

/// How a file looks from outside: device, inode, length, and when it was changed. Nothing: it is not there.
type Look = Option<(u64, u64, u64, i64, i64, i64, i64)>;

/// Reads them again.
#[derive(Debug)]
pub(crate) struct Reload {
    args: RunArgs,
    /// What the host was started with.
    started: Settings,
    /// What is in force.
    current: Settings,
    options: watch::Sender<Arc<ServerOptions>>,
    /// How the files looked when they were last read.
    read: Vec<(PathBuf, Look)>,
}

impl Reload {
    pub(crate) fn new(args: RunArgs, settings: Settings, options: ServerOptions) -> (Self, oyez_http::Watched) {
        let (sender, watched) = watch::channel(Arc::new(options));
        let read = looks(&args, &settings);
        (Self { args, started: settings.clone(), current: settings, options: sender, read }, watched)
    }

    /// Looks at the files for ever.
    pub(crate) async fn run(mut self, mut hangup: Signal) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = self.read.clone();
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let now = looks(&self.args, &self.current);
                    if now != self.read && now == before {
                        self.again();
                    }
                    before = now;
                }
                _ = hangup.recv() => self.again(),
            }
        }
    }

    /// Reads all again; what is bad changes nothing.
    fn again(&mut self) {
        // As they look before they are read: what changes meanwhile is read once more.
        let looks_now = looks(&self.args, &self.current);
        match self.take_up() {
            Ok(()) => self.read = looks(&self.args, &self.current),
            Err(failure) => {
                tracing::error!("the settings were read again and are bad, so that nothing is changed: {failure}");
                self.read = looks_now;
            }
        }
    }

    fn take_up(&mut self) -> Result<()> {
        let mut new = Settings::of(&self.args)?;
        let (live, restart) = differing(&self.started, &new);
        // What needs a restart stays as it is, so what must hold must hold with that.
        new.listen = self.started.listen;
        if new.certificate.is_some() != self.started.certificate.is_some() {
            return Err(Failure::failed("needs-restart", "`server.tls` was given or taken away: restart the host to take that up"));
        }
        if let Some(fault) = new.faults().into_iter().next() {
            return Err(fault);
        }
        let mut options = network::options(&new).map_err(network::first)?;
        options.limits = self.options.borrow().limits;
        if !restart.is_empty() {
            tracing::warn!(keys = restart.join(", "), "changed in the settings, and needs a restart");
        }
        network::warn(&new);
        self.options.send_replace(Arc::new(options));
        self.current = new;
        tracing::info!(
            differs_from_start = live.join(", "),
            "the settings were read again: hosts, origins, tokens and certificates are as they say now"
        );
        Ok(())
    }
}

fn looks(args: &RunArgs, settings: &Settings) -> Vec<(PathBuf, Look)> {
    let files = [Some(Settings::file(args)), settings.token_file.as_deref(), settings.certificate.as_deref(), settings.key.as_deref()];
    files.into_iter().flatten().map(|path| (path.to_owned(), look(path))).collect()
}

fn look(path: &Path) -> Look {
    let data = std::fs::metadata(path).ok()?;
    Some((data.dev(), data.ino(), data.len(), data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec()))
}
