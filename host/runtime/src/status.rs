//! Who is there and how they do: what lists and dashboards show.

use oyez_dispatch::Quarantine;
use oyez_engine::Unavailable;
use oyez_model::port::Damage;
use oyez_model::{Cost, DeliveryState, Epoch, Gap, Sequence, SubscriptionId, Terms, Version};
use oyez_registry::Loaded;
use std::collections::BTreeMap;
use std::iter::Sum;
use std::path::PathBuf;

/// What a plugin is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PluginState {
    /// It takes events and runs them.
    Running,
    /// It takes events and runs none: its `.toml` says so, or somebody did by hand.
    Paused,
    /// Its state is made anew; what comes waits.
    Rebuilding,
    /// It failed again and again, and is tried with one delivery now and then.
    Quarantined,
    /// It did not load, and no earlier version of it runs.
    Failed,
}

impl PluginState {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Rebuilding => "rebuilding",
            Self::Quarantined => "quarantined",
            Self::Failed => "failed",
        }
    }
}

/// A plugin, as it stands.
#[derive(Clone, Debug)]
pub struct PluginStatus {
    /// Its name.
    pub name: String,
    /// The build that runs; the one that failed, if none does; nothing for a native one.
    pub version: Option<Version>,
    /// What it is doing.
    pub state: PluginState,
    /// The end of the log when this build, or these settings, took over.
    pub since: Sequence,
    /// Why it failed, is held back, or why a newer build or setting does not run: `CODE: MESSAGE`.
    pub reason: Option<String>,
    /// Its component; nothing for a native one.
    pub file: Option<PathBuf>,
    /// Its own version, as it says.
    pub described_version: String,
    /// What it does, as it says.
    pub summary: String,
    /// Its subscriptions' own names.
    pub subscriptions: Vec<String>,
    /// The event types that it says it emits.
    pub emits: Vec<String>,
    /// What it imports beyond the inert baseline.
    pub asks: Vec<String>,
    /// What it gets, and what decided that; nothing for a native one and one that failed.
    pub terms: Option<Terms>,
    /// What its attempts used since the process began, those of earlier versions and of rebuilds included.
    pub used: Used,
    /// Runs a second that it may begin, while it is slowed: it began so many that the host was late for others, or came to them just now.
    pub runs_max: Option<u32>,
}

/// What some attempts used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// How many ran to an end, whatever it was. What was overtaken, or found no room, is not counted.
    pub attempts: u64,
    /// What they used: sums, and of the memory the most that one held.
    pub cost: Cost,
}

impl Used {
    /// The two together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { attempts: self.attempts.saturating_add(other.attempts), cost: self.cost.and(other.cost) }
    }
}

impl From<Cost> for Used {
    /// One attempt.
    fn from(cost: Cost) -> Self {
        Self { attempts: 1, cost }
    }
}

impl Sum for Used {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::and)
    }
}

impl PluginStatus {
    /// Whether its emissions depend on the event alone: it imports nothing beyond the inert baseline, and is granted nothing that differs
    /// from run to run.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        self.asks.is_empty() && self.terms.as_ref().is_some_and(|terms| terms.grants.is_pure())
    }

    fn bare(name: String, state: PluginState, since: Sequence) -> Self {
        Self {
            name,
            version: None,
            state,
            since,
            reason: None,
            file: None,
            described_version: String::new(),
            summary: String::new(),
            subscriptions: Vec::new(),
            emits: Vec::new(),
            asks: Vec::new(),
            terms: None,
            used: Used::default(),
            runs_max: None,
        }
    }

    pub(crate) fn native(name: String, since: Sequence) -> Self {
        Self { summary: "native: in the host's own process".to_owned(), ..Self::bare(name, PluginState::Running, since) }
    }

    pub(crate) fn failed(name: String, file: PathBuf, version: Option<Version>, reason: String, since: Sequence) -> Self {
        Self { version, reason: Some(reason), file: Some(file), ..Self::bare(name, PluginState::Failed, since) }
    }

    /// By what is known beside the folder: paused by hand, or held back.
    pub(crate) fn with(mut self, paused: bool, rebuilt: Option<(u64, u64)>, quarantine: Option<&Quarantine>) -> Self {
        if let Some((done, all)) = rebuilt {
            self.state = PluginState::Rebuilding;
            self.reason = Some(format!("rebuilding: {done} of {all} sequences"));
            return self;
        }
        if self.state != PluginState::Running {
            return self;
        }
        if paused {
            self.state = PluginState::Paused;
            self.reason = self.reason.or_else(|| Some("paused by hand: `oyez plugins resume` lets it go on".to_owned()));
        } else if let Some(Quarantine { failures, reason, until }) = quarantine {
            self.state = PluginState::Quarantined;
            self.reason = Some(format!(
                "quarantined: {failures} attempts failed in a row, the last one by {reason}; one delivery is tried from {} on, `oyez plugins resume` ends it",
                until.to_rfc3339()
            ));
        }
        self
    }

    pub(crate) fn of(loaded: &Loaded, since: Sequence) -> Self {
        let plugin = &loaded.plugin;
        let state = if loaded.paused { PluginState::Paused } else { PluginState::Running };
        Self {
            version: Some(plugin.version),
            file: Some(loaded.file.clone()),
            described_version: plugin.described_version.clone(),
            summary: plugin.summary.clone(),
            subscriptions: loaded.subscriptions.iter().map(|spec| spec.name.as_str().to_owned()).collect(),
            emits: plugin.emits.clone(),
            asks: plugin.asks.clone(),
            terms: Some(loaded.terms.clone()),
            ..Self::bare(loaded.name.as_str().to_owned(), state, since)
        }
    }
}

/// A subscription, as it stands.
#[derive(Clone, Debug)]
pub struct SubscriptionStatus {
    /// Who it is.
    pub id: SubscriptionId,
    /// The epoch that holds for what comes next.
    pub epoch: Epoch,
    /// At or below it, every delivery is settled or has a row.
    pub place: Sequence,
    /// Sequences between its place and the end of the log.
    pub lag: u64,
    /// Deliveries by state. Those that are still in the log only, beyond what it has taken up, stand in `lag`.
    pub counts: BTreeMap<DeliveryState, u64>,
    /// Attempts so far, retried ones included.
    pub attempts: u64,
    /// What it missed because the log let go of it, oldest first.
    pub gaps: Vec<Gap>,
    /// Its plugin is there; otherwise it stands where it is until that comes back.
    pub attached: bool,
}

/// Whether the host is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Why it takes no events, if that is so.
    pub unavailable: Option<Unavailable>,
    /// The first scan of the folder is done.
    pub folder_scanned: bool,
    /// What of the log is not whole.
    pub damage: Vec<Damage>,
}

impl Readiness {
    /// All of it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.unavailable.is_none() && self.folder_scanned
    }
}

/// Totals since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events accepted from producers.
    pub ingested: u64,
    /// Events emitted by handlers.
    pub emitted: u64,
    /// Events that no subscription took.
    pub unmatched: u64,
    /// Runs that were void because what they had read of their plugin's state was overtaken; they ran again.
    pub overtaken: u64,
}
