//! What is wanted, held against what runs: which loads to start, and what to report. Pure: no file, no clock.

use crate::door::Stamp;
use crate::load::Ended;
use crate::report::{FolderEvent, Loaded, Refused};
use crate::wanted::{Claim, Wanted};
use oyez_model::PluginName;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One name, valid or not.
#[derive(Debug, Default)]
struct Entry {
    /// What should run.
    claim: Option<Claim>,
    /// The claim that was last answered: loaded or refused.
    answered: Option<Claim>,
    /// The claim that is being loaded.
    loading: Option<Claim>,
    queued: bool,
    running: Option<Loaded>,
    /// Why the last load failed.
    refusal: Option<Refused>,
    /// What is wrong whatever a loader says.
    complaints: Vec<Refused>,
    /// What was reported holds no longer, and is to be reported anew after the load that is under way.
    stale: bool,
    reported: bool,
}

/// Every plugin, and what is to be told of them.
#[derive(Debug, Default)]
pub(crate) struct Plugins {
    entries: BTreeMap<String, Entry>,
    /// In order; taken away by whoever sends them.
    pub(crate) events: Vec<FolderEvent>,
}

impl Plugins {
    /// Which stem holds each name.
    pub(crate) fn holders(&self) -> BTreeMap<PluginName, PathBuf> {
        self.entries.values().filter_map(|entry| entry.claim.as_ref()).map(|claim| (claim.name.clone(), claim.stem.clone())).collect()
    }

    /// Takes in what is wanted; returns the names whose loads are to be given up.
    pub(crate) fn reconcile(&mut self, mut wanted: Wanted) -> Vec<String> {
        let claims = std::mem::take(&mut wanted.claims);
        let mut claims: BTreeMap<String, Claim> = claims.into_iter().map(|(name, claim)| (name.as_str().to_owned(), claim)).collect();
        let names: BTreeSet<String> = self.entries.keys().chain(claims.keys()).chain(wanted.complaints.keys()).cloned().collect();
        let mut given_up = Vec::new();
        for name in names {
            let entry = self.entries.entry(name.clone()).or_default();
            let (claim, complaints) = (claims.remove(&name), wanted.complaints.remove(&name).unwrap_or_default());
            let gone = claim.is_none() && (entry.claim.is_some() || complaints.is_empty());
            if gone {
                if entry.loading.is_some() {
                    given_up.push(name.clone());
                }
                if std::mem::take(entry).reported {
                    self.events.push(FolderEvent::Removed(name.clone()));
                }
            }
            if claim.is_none() && complaints.is_empty() {
                self.entries.remove(&name);
                continue;
            }
            entry.want(claim);
            entry.complain(complaints, &mut self.events);
        }
        given_up
    }

    /// The next load to start, if there is one.
    pub(crate) fn start(&mut self) -> Option<(Claim, Stamp, Option<Loaded>)> {
        let entry = self.entries.values_mut().find(|entry| entry.queued && entry.loading.is_none())?;
        entry.queued = false;
        let claim = entry.claim.clone()?;
        let stamp = claim.ready?;
        entry.loading = Some(claim.clone());
        Some((claim, stamp, entry.running.clone()))
    }

    /// Takes in how a load ended; returns the claim if its component has to settle again.
    pub(crate) fn finish(&mut self, name: &str, ended: Ended) -> Option<Claim> {
        let entry = self.entries.get_mut(name)?;
        let claim = entry.loading.take()?;
        if matches!(ended, Ended::Changed) {
            return Some(claim);
        }
        entry.answered = Some(claim);
        match ended {
            Ended::Loaded(loaded) => {
                entry.running = Some(*loaded);
                entry.refusal = None;
                entry.report(&mut self.events);
            }
            Ended::Refused(refused) => {
                entry.refusal = Some(refused.clone());
                if entry.stale { entry.report(&mut self.events) } else { entry.tell(refused, &mut self.events) }
            }
            Ended::Same if entry.refusal.take().is_some() || entry.stale => entry.report(&mut self.events),
            Ended::Same | Ended::Changed => {}
        }
        None
    }

    /// Whether every load that was asked for has ended.
    pub(crate) fn is_idle(&self) -> bool {
        self.entries.values().all(|entry| !entry.queued && entry.loading.is_none())
    }

    /// How many loads wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.entries.values().filter(|entry| entry.queued).count()
    }
}

impl Entry {
    fn want(&mut self, claim: Option<Claim>) {
        self.claim = claim;
        let Some(claim) = &self.claim else { return };
        // A claim that is not ready leaves alone what runs, and a load that was queued for what is no longer there.
        let last = self.loading.as_ref().or(self.answered.as_ref());
        self.queued = claim.ready.is_some() && !last.is_some_and(|last| last.asks_the_same(claim));
    }

    fn complain(&mut self, complaints: Vec<Refused>, events: &mut Vec<FolderEvent>) {
        let before = std::mem::replace(&mut self.complaints, complaints);
        if before == self.complaints && !self.stale {
            return;
        }
        let fresh: Vec<_> = self.complaints.iter().filter(|complaint| !before.contains(complaint)).cloned().collect();
        let cured = before.iter().any(|complaint| !self.complaints.contains(complaint));
        if self.queued || self.loading.is_some() {
            self.stale = true;
        } else if cured || self.stale {
            self.report(events);
        } else {
            fresh.into_iter().for_each(|complaint| self.tell(complaint, events));
        }
    }

    fn tell(&mut self, refused: Refused, events: &mut Vec<FolderEvent>) {
        self.reported = true;
        events.push(FolderEvent::Refused(refused));
    }

    /// All that holds, from the start.
    fn report(&mut self, events: &mut Vec<FolderEvent>) {
        self.stale = false;
        if let Some(running) = &self.running {
            self.reported = true;
            events.push(FolderEvent::Loaded(Box::new(running.clone())));
        }
        let standing: Vec<_> = self.refusal.iter().chain(&self.complaints).cloned().collect();
        standing.into_iter().for_each(|refused| self.tell(refused, events));
    }
}
