//! What lies below the host's log, and so what a kill takes with it.

use crate::{Result, Starting, oyez, program};
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

/// What lies below the host's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The disk: what was written outlives the kill, synced or not. `oyez run`.
    Disk,
    /// What was not synced is lost with the process.
    Withholding,
    /// The same, and syncing is taken out: a host that breaks its promise.
    Forgetful,
}

impl Layer {
    /// Its name, as it is given on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Withholding => "withholding",
            Self::Forgetful => "forgetful",
        }
    }

    /// What it means, for the summary.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Disk => "on disk",
            Self::Withholding => "with nothing unsynced left",
            Self::Forgetful => "with the sync taken out",
        }
    }

    /// Starts a host over it.
    pub(super) fn launch(self, folder: &Path) -> Result<Starting> {
        let mut command = match self {
            Self::Disk => Command::new(oyez()),
            Self::Withholding | Self::Forgetful => Command::new(program("oyez-test-host")),
        };
        match self {
            Self::Disk => command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(folder),
            Self::Withholding | Self::Forgetful => command.arg(folder).arg(self.as_str()),
        };
        Starting::spawn(&mut command, folder)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Layer {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = [Self::Disk, Self::Withholding, Self::Forgetful];
        known.into_iter().find(|layer| layer.as_str() == name).ok_or_else(|| format!("`{name}` is no layer: use disk, withholding or forgetful"))
    }
}
