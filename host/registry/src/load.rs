//! Reading a component and loading it.

use crate::candidates::Candidate;
use crate::listing::stamp;
use crate::{Loaded, Refused};
use oyez_model::port::{Loader, Plugin};
use oyez_model::{PatchError, PluginName, SubscriptionPatch, SubscriptionSpec, Version, bounds};
use std::path::Path;
use std::sync::Arc;

/// A larger file is not even read, in bytes.
const COMPONENT_BYTES_MAX: u64 = 256 << 20;

/// What an attempt to load came to.
pub(crate) enum Outcome {
    Loaded(Box<Loaded>),
    Refused(Refused),
    /// The file changed while it was read: it will settle again.
    Moved,
}

/// Loads a candidate that has nothing wrong with it so far.
pub(crate) async fn load(dir: &Path, candidate: &Candidate, loader: Arc<dyn Loader>) -> Outcome {
    let refused = |code, message: String, version| {
        let file = dir.join(&candidate.component);
        Outcome::Refused(Refused { name: candidate.name.clone(), file, code, message, version })
    };
    let name = match PluginName::new(&candidate.name) {
        Ok(name) => name,
        Err(error) => return refused("invalid-name", error.to_string(), None),
    };
    let file = dir.join(&candidate.component);
    let before = stamp(&file);
    if let Some(length) = before.map(|stamp| stamp.length).filter(|length| *length > COMPONENT_BYTES_MAX) {
        return refused("too-large", format!("it has {length} bytes, over the limit of {COMPONENT_BYTES_MAX}: strip it"), None);
    }
    let path = file.clone();
    let bytes: Arc<[u8]> = match tokio::task::spawn_blocking(move || std::fs::read(path)).await {
        Ok(Ok(bytes)) => bytes.into(),
        Ok(Err(error)) => return refused("unreadable", format!("it cannot be read: {error}"), None),
        Err(_) => return Outcome::Moved,
    };
    if before.is_none() || stamp(&file) != before {
        return Outcome::Moved;
    }
    let version = Version::of(&bytes);
    let settings = candidate.settings.plugin.clone();
    match loader.load(name.clone(), bytes, settings.clone()).await {
        Err(error) => refused(error.code, error.message, Some(version)),
        Ok(plugin) => match subscriptions(&plugin, &candidate.settings.subscriptions) {
            Err((code, message)) => refused(code, message, Some(version)),
            Ok(subscriptions) => {
                let paused = candidate.settings.paused;
                Outcome::Loaded(Box::new(Loaded { name, file, plugin, settings, subscriptions, paused }))
            }
        },
    }
}

/// What `describe` says, and the `.toml` over it.
fn subscriptions(plugin: &Plugin, over: &[SubscriptionPatch]) -> Result<Vec<SubscriptionSpec>, (&'static str, String)> {
    let mut patches = plugin.subscriptions.clone();
    for patch in over {
        match patches.iter_mut().find(|described| described.name == patch.name) {
            Some(described) => *described = described.clone().overlaid(patch.clone()),
            None => patches.push(patch.clone()),
        }
    }
    if patches.is_empty() {
        let message = "it subscribes to nothing: neither `describe` nor the .toml has a [[subscription]]; add one to the .toml".to_owned();
        return Err(("no-subscription", message));
    }
    if patches.len() > bounds::SUBSCRIPTIONS_MAX {
        let message = format!("it has {} subscriptions, over the limit of {}: take some out", patches.len(), bounds::SUBSCRIPTIONS_MAX);
        return Err(("too-many-subscriptions", message));
    }
    let resolve = |patch: SubscriptionPatch| patch.resolve().map_err(|error: PatchError| (error.code(), error.to_string()));
    patches.into_iter().map(resolve).collect()
}
