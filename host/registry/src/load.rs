//! One plugin made of its files: read whole, loaded by the port `Loader`, its subscriptions resolved.

use crate::door::Stamp;
use crate::provide::Provisions;
use crate::read::{ReadError, read};
use crate::report::{Loaded, Refused};
use crate::wanted::Claim;
use oyez_model::port::Loader;
use oyez_model::{Build, SubscriptionName, SubscriptionPatch, SubscriptionSpec, Version, bounds};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a load ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// What runs is what is asked for.
    Same,
    Loaded(Box<Loaded>),
    Refused(Refused),
    /// The component changed while it was read: not yet.
    Changed,
}

/// What one plugin is made of.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) claim: Claim,
    pub(crate) stamp: Stamp,
    /// The plugin folder.
    pub(crate) dir: Arc<Path>,
    /// What runs under the name.
    pub(crate) running: Option<Loaded>,
    /// What the host has to give.
    pub(crate) provisions: Arc<Provisions>,
}

impl Job {
    pub(crate) async fn run(self, loader: Arc<dyn Loader>) -> Ended {
        let (dir, component, stamp) = (Arc::clone(&self.dir), self.claim.component.clone(), self.stamp);
        let whole = move || read(&dir, &component, stamp, bounds::COMPONENT_BYTES_MAX as u64).map(Build::of);
        let build = match tokio::task::spawn_blocking(whole).await {
            Ok(Ok(build)) => build,
            Ok(Err(ReadError::Changed)) => return Ended::Changed,
            Ok(Err(error)) => return self.refused(error.code(), error.to_string(), None),
            Err(error) => return self.refused("loader-failed", format!("reading it panicked: {error}; please report this"), None),
        };
        let version = build.version();
        if let Err((code, message)) = self.provisions.vouched(&self.claim, version) {
            return self.refused(code, message, Some(version));
        }
        match self.load(&*loader, build).await {
            Ok(loaded) if self.running.as_ref().is_some_and(|running| running.agrees(&loaded)) => Ended::Same,
            Ok(loaded) => Ended::Loaded(Box::new(loaded)),
            Err((code, message)) => self.refused(code, message, Some(version)),
        }
    }

    async fn load(&self, loader: &dyn Loader, build: Build) -> Result<Loaded, (&'static str, String)> {
        let Claim { name, settings, .. } = &self.claim;
        let (provisions, plugin, asked) = (Arc::clone(&self.provisions), name.clone(), Arc::clone(settings));
        let provided = tokio::task::spawn_blocking(move || provisions.provide(&plugin, &asked)).await;
        let (given, terms) = provided.unwrap_or_else(|error| Err(("loader-failed", format!("what it asks for: {error}; please report this"))))?;
        let plugin = match &self.running {
            // Only what the sandbox never sees has changed, if anything: no compile.
            Some(running) if running.plugin.version == build.version() && running.settings == given => running.plugin.clone(),
            _ => {
                tracing::info!(plugin = %name, version = %build.version(), bytes = build.bytes().len(), "loading the plugin");
                loader.load(name.clone(), build, given.clone()).await.map_err(|error| (error.code, error.message))?
            }
        };
        let subscriptions = subscriptions(&plugin.subscriptions, &settings.subscriptions)?;
        let (name, file, settings, paused) = (name.clone(), self.file(), given, settings.paused);
        Ok(Loaded { name, file, plugin, settings, terms, subscriptions, paused })
    }

    fn refused(&self, code: &'static str, message: String, version: Option<Version>) -> Ended {
        Ended::Refused(Refused::new(self.claim.name.as_str(), self.file(), code, &message, version))
    }

    fn file(&self) -> PathBuf {
        self.dir.join(&self.claim.component)
    }
}

/// `describe`'s subscriptions with the `.toml`'s of the same names over them, then those of the `.toml` alone.
pub(crate) fn subscriptions(said: &[SubscriptionPatch], over: &[SubscriptionPatch]) -> Result<Vec<SubscriptionSpec>, (&'static str, String)> {
    let mut described: BTreeSet<&SubscriptionName> = BTreeSet::new();
    if let Some(twice) = said.iter().find(|patch| !described.insert(&patch.name)) {
        let message = format!("`describe` gives the subscription `{}` twice: each name stands for one", twice.name);
        return Err(("invalid-setting", message));
    }
    let overlaid = said.iter().map(|patch| match over.iter().find(|over| over.name == patch.name) {
        Some(over) => patch.clone().overlaid(over.clone()),
        None => patch.clone(),
    });
    let added = over.iter().filter(|over| !described.contains(&over.name)).cloned();
    let patches: Vec<_> = overlaid.chain(added).collect();
    if patches.is_empty() {
        let message = "it subscribes to nothing: give it a [[subscription]] with a `name` and `filters` in its .toml";
        return Err(("no-subscription", message.to_owned()));
    }
    if patches.len() > bounds::SUBSCRIPTIONS_MAX {
        let message = format!("it has {} subscriptions, over the limit of {}: take some out", patches.len(), bounds::SUBSCRIPTIONS_MAX);
        return Err(("too-many-subscriptions", message));
    }
    patches.into_iter().map(|patch| patch.resolve().map_err(|error| (error.code(), error.to_string()))).collect()
}
