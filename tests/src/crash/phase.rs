//! Where a kill falls: as far as one can tell from outside, just before it, and from what the host has left.

use super::folder::PLUGINS;
use super::signs::Signs;
use crate::{Client, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

/// What the host was at when it was killed. One kill may fall into several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before it listened: recovering.
    Starting,
    /// It listened, and was loading its plugins.
    Loading,
    /// A producer waited for its receipt.
    Publishing,
    /// Deliveries were pending or in flight.
    Settling,
    /// Deliveries waited for their next attempt.
    Waiting,
    /// A plugin was being swapped, removed or brought back.
    Swapping,
    /// A parked lane was let go, and flowed.
    Flowing,
    /// A checkpoint of the views was being written.
    Checkpoint,
    /// It was stopping in order.
    Stopping,
    /// It had just stopped in order.
    Stopped,
    /// None of these.
    Idle,
}

impl Phase {
    /// All of them, in the order of a host's life.
    pub const ALL: [Self; 11] = [
        Self::Starting,
        Self::Loading,
        Self::Publishing,
        Self::Settling,
        Self::Waiting,
        Self::Swapping,
        Self::Flowing,
        Self::Checkpoint,
        Self::Stopping,
        Self::Stopped,
        Self::Idle,
    ];

    /// For the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting, before it listened",
            Self::Loading => "loading its plugins",
            Self::Publishing => "publishing: a producer waited for its receipt",
            Self::Settling => "settling: deliveries pending or in flight",
            Self::Waiting => "deliveries waiting for their next attempt",
            Self::Swapping => "a plugin being swapped, removed or brought back",
            Self::Flowing => "parked lanes flowing",
            Self::Checkpoint => "a checkpoint being written",
            Self::Stopping => "stopping in order",
            Self::Stopped => "stopped in order, just before",
            Self::Idle => "idle",
        }
    }
}

/// What it is at, as seen over HTTP and by the signs of the others.
pub(super) fn look(client: &Client, signs: &Signs) -> Result<BTreeSet<Phase>> {
    let subscriptions = client.subscriptions()?;
    let open = |state: &str| {
        let of = |name: &str| subscriptions.get(name).and_then(|s: &Value| s["counts"][state].as_u64()).unwrap_or(0);
        PLUGINS.iter().map(|plugin| of(plugin.subscription)).sum::<u64>() > 0
    };
    let seen = [
        (Phase::Settling, open("pending") || open("in-flight")),
        (Phase::Waiting, open("waiting")),
        (Phase::Loading, !client.is_ready()?),
        (Phase::Swapping, signs.changing.is()),
        (Phase::Flowing, signs.flowing.is()),
        (Phase::Publishing, signs.under_way.load(Ordering::SeqCst) > 0),
    ];
    Ok(seen.into_iter().filter_map(|(phase, is)| is.then_some(phase)).collect())
}

/// Two changes this close to each other are one to the clock of a file system.
const CLOSE: Duration = Duration::from_millis(10);

/// Whether the views were being written when the host was killed just now. The file system's own clock tells.
pub(super) fn was_in_checkpoint(folder: &Path, before: Option<SystemTime>) -> Result<bool> {
    let mark = folder.join("killed");
    fs::write(&mark, [])?;
    let killed = fs::metadata(&mark)?.modified()?;
    let touched = touched(folder);
    Ok(touched != before && touched.is_some_and(|touched| killed.duration_since(touched).unwrap_or_default() <= CLOSE))
}

/// When the views' journals were written last.
pub(super) fn touched(folder: &Path) -> Option<SystemTime> {
    let files = fs::read_dir(folder.join("oyez-data/views")).ok()?.flatten();
    let journals = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "jnl"));
    journals.filter_map(|journal| journal.metadata().ok()?.modified().ok()).max()
}
