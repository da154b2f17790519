//! How the host, its plugins and its subscriptions do, asked for.

use crate::driver::Report;
use crate::host::Host;
use crate::status::{Counters, PluginStatus, Readiness, SubscriptionStatus, Used};
use oyez_engine::{ControlError, Part, Progress, RowState, Unavailable};
use oyez_model::{DeliveryState, PluginName, SubscriptionNumber};
use std::collections::{BTreeMap, HashMap};

impl Host {
    /// The plugins by name, native ones included.
    pub async fn plugins(&self) -> Vec<PluginStatus> {
        let Report { loads, quarantined, used, slowed, .. } = self.report().await;
        let used = self.by_plugin(used);
        let rebuilt = |name: &PluginName| {
            let parts = self.0.engine.rebuild(name)?.parts;
            let done = |part: &Part| loads.get(&part.number).map_or(0, |load| load.place.min(part.until).0.saturating_sub(part.from.0));
            let all = parts.iter().map(|part| part.until.0.saturating_sub(part.from.0));
            Some((parts.iter().map(done).sum(), all.sum()))
        };
        let status = |status: PluginStatus| match PluginName::new(&status.name) {
            Ok(name) => {
                let runs_max = slowed.get(&name).copied();
                PluginStatus { runs_max, ..status.with(self.0.engine.is_paused(&name), rebuilt(&name), quarantined.get(&name)) }
            }
            Err(_) => status,
        };
        let statuses = self.0.table.lock().statuses();
        let of = |status: PluginStatus| PluginStatus { used: used.get(&status.name).copied().unwrap_or_default(), ..status };
        statuses.into_iter().map(status).map(of).collect()
    }

    /// Sums by plugin; what a rebuild used is its plugin's.
    fn by_plugin(&self, used: HashMap<SubscriptionNumber, Used>) -> HashMap<String, Used> {
        let mut sums: HashMap<String, Used> = HashMap::new();
        for (number, used) in used {
            if let Some(progress) = self.0.engine.progress(number) {
                let sum = sums.entry(progress.id.plugin.live().to_owned()).or_default();
                *sum = sum.and(used);
            }
        }
        sums
    }

    /// Pauses a plugin, or lets it go on: what runs ends, what comes waits. It stays so over a restart. To go on also ends a quarantine.
    ///
    /// # Errors
    /// There is no such plugin, its `.toml` says that it is paused, or nothing is taken just now.
    pub async fn pause(&self, name: &str, paused: bool) -> Result<(), ControlError> {
        let plugin = PluginName::new(name)?;
        let by_file = {
            let table = self.0.table.lock();
            let entry = table.plugins.get(name).ok_or_else(|| ControlError::NoSuchPlugin(name.to_owned()))?;
            entry.is_paused_by_file()
        };
        if by_file && !paused {
            return Err(ControlError::PausedByFile(name.to_owned()));
        }
        self.0.engine.pause(plugin.clone(), paused).await?;
        self.0.pause_as_wanted(plugin);
        Ok(())
    }

    /// Every subscription that was ever seen, those of plugins that are gone included.
    pub async fn subscriptions(&self) -> Vec<SubscriptionStatus> {
        let loads = self.report().await.loads;
        let attached = self.0.table.lock().attached();
        let end = self.synced();
        let status = |progress: Progress| {
            let load = loads.get(&progress.number).copied();
            let place = load.map_or(progress.place, |load| load.place.max(progress.place));
            let load = load.unwrap_or_default();
            let count = |n: usize| n as u64;
            let waiting = progress.rows_in(|state| matches!(state, RowState::Waiting { .. }));
            let counts = BTreeMap::from([
                (DeliveryState::Pending, count(load.pending)),
                (DeliveryState::InFlight, count(load.in_flight)),
                (DeliveryState::Waiting, count(waiting)),
                (DeliveryState::Parked, progress.parked()),
                (DeliveryState::Dead, count(progress.rows_in(|state| *state == RowState::Dead))),
                (DeliveryState::Settled, progress.settled),
            ]);
            SubscriptionStatus {
                attempts: progress.attempts.values().sum(),
                attached: attached.contains(&progress.number),
                epoch: progress.epochs.last().cloned().expect("a subscription has an epoch"),
                place,
                gaps: progress.gaps,
                lag: end.0.saturating_sub(place.0),
                counts,
                id: progress.id,
            }
        };
        self.0.engine.subscriptions().into_iter().map(status).collect()
    }

    /// Whether the host is ready.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness {
            unavailable: if self.is_stopping() { Some(Unavailable::stopping()) } else { self.0.engine.unavailable() },
            folder_scanned: self.0.is_scanned(),
            damage: self.0.opened.damage.clone(),
        }
    }

    /// Totals since the process began.
    pub async fn counters(&self) -> Counters {
        let (ingested, emitted) = self.0.engine.counts();
        let report = self.report().await;
        Counters { ingested, emitted, unmatched: report.unmatched, overtaken: report.overtaken }
    }
}
