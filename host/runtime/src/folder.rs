//! What the plugin folder says, done: subscriptions taken up, changed and let go.

use crate::driver::Input;
use crate::error::SubscribeError;
use crate::host::{Host, Inner};
use crate::rebuild;
use crate::status::{PluginState, PluginStatus};
use crate::subscribe;
use crate::table::Entry;
use crate::wanted::Wanted;
use oyez_dispatch::Runner;
use oyez_model::port::Loader;
use oyez_model::{PluginName, SubscriptionId, SubscriptionNumber};
use oyez_registry::{FolderEvent, FolderOptions, Loaded, Refused};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What the folder found waits here for its turn.
const FOUND_MAX: usize = 16;

/// The task that does what the folder says.
pub(crate) struct Folder {
    host: Weak<Inner>,
}

impl Folder {
    /// Watches the folder, in a task of its own.
    pub(crate) fn start(host: &Host, options: FolderOptions, loader: Arc<dyn Loader>) -> JoinHandle<()> {
        let folder = Self { host: Arc::downgrade(&host.0) };
        let (found, mut events) = mpsc::channel(FOUND_MAX);
        tokio::spawn(async move {
            let watching = oyez_registry::watch(options, loader, found);
            let doing = async {
                while let Some(event) = events.recv().await {
                    folder.take(event).await;
                }
            };
            let (watched, ()) = tokio::join!(watching, doing);
            if let Err(error) = watched {
                tracing::error!(%error, "the plugin folder is not watched");
            }
        })
    }

    async fn take(&self, event: FolderEvent) {
        let Some(inner) = self.host.upgrade() else { return };
        match event {
            FolderEvent::Loaded(loaded) => load(&inner, *loaded).await,
            FolderEvent::Refused(refused) => refuse(&inner, refused),
            FolderEvent::Removed(name) => remove(&inner, &name),
            FolderEvent::Scanned => inner.scanned(),
        }
    }
}

async fn load(inner: &Arc<Inner>, loaded: Loaded) {
    let name = loaded.name.clone();
    match take_up(inner, &loaded).await {
        Ok(wanted) => {
            let subscriptions: BTreeMap<_, _> = wanted.iter().map(|(number, wanted)| (wanted.id.clone(), *number)).collect();
            let status = PluginStatus::of(&loaded, inner.engine.synced());
            tracing::info!(plugin = %name, version = %loaded.plugin.version, file = oyez_registry::shown(&loaded.file), "the plugin runs");
            let before = inner.table.lock().plugins.insert(name.as_str().to_owned(), Entry { status, subscriptions: subscriptions.clone(), wanted });
            let kept: BTreeSet<_> = subscriptions.values().copied().collect();
            let left = before.into_iter().flat_map(|entry| entry.subscriptions).filter(|(_, number)| !kept.contains(number));
            left.for_each(|(id, number)| detach(inner, id, number));
            rebuild::resume(inner, &name).await;
        }
        Err(error) => {
            let Loaded { file, plugin, .. } = loaded;
            let refused =
                Refused { name: name.as_str().to_owned(), file, code: error.code(), message: error.to_string(), version: Some(plugin.version) };
            refuse(inner, refused);
        }
    }
}

/// Takes up each of a plugin's subscriptions, then notes the version: from here on it is the one that runs.
async fn take_up(inner: &Inner, loaded: &Loaded) -> Result<Vec<(SubscriptionNumber, Wanted)>, SubscribeError> {
    let paused = loaded.paused || inner.stands_still(&loaded.name);
    let mut subscriptions = Vec::with_capacity(loaded.subscriptions.len());
    for spec in &loaded.subscriptions {
        let id = SubscriptionId { plugin: loaded.name.clone(), name: spec.name.clone() };
        let returns = inner.table.lock().gone.remove(&id);
        let runner = Runner {
            handler: Arc::clone(&loaded.plugin.handler),
            version: Some(loaded.plugin.version),
            state: loaded.settings.grants.state,
            sources: Arc::new(loaded.settings.grants.sources.clone()),
        };
        let wanted = Wanted { id, spec: spec.clone(), limits: loaded.settings.limits, runner, paused, rebuild: None, returns };
        subscriptions.push((subscribe::attach(inner, wanted.clone()).await?, wanted));
    }
    inner.engine.switch(loaded.name.clone(), loaded.plugin.version).await?;
    Ok(subscriptions)
}

/// What runs goes on; the table says why the new one does not.
fn refuse(inner: &Inner, refused: Refused) {
    let Refused { name, file, code, message, version } = refused;
    tracing::error!(plugin = name, file = oyez_registry::shown(&file), code, "{message}");
    let mut table = inner.table.lock();
    let reason = format!("{code}: {message}");
    match table.plugins.get_mut(&name) {
        Some(entry) if entry.status.state != PluginState::Failed => entry.status.reason = Some(reason),
        _ => {
            let status = PluginStatus::failed(name.clone(), file, version, reason, inner.engine.synced());
            table.plugins.insert(name, Entry { status, subscriptions: BTreeMap::new(), wanted: Vec::new() });
        }
    }
}

fn remove(inner: &Inner, name: &str) {
    let Some(entry) = inner.table.lock().plugins.remove(name) else { return };
    tracing::info!(plugin = name, "the plugin is gone; its subscriptions stand where they are until it comes back");
    let rebuilding = PluginName::new(name).ok().and_then(|name| inner.engine.rebuild(&name));
    rebuilding.into_iter().flat_map(|rebuild| rebuild.parts).for_each(|part| drop(inner.inputs.send(Input::Detach(part.number))));
    entry.subscriptions.into_iter().for_each(|(id, number)| detach(inner, id, number));
}

fn detach(inner: &Inner, id: SubscriptionId, number: SubscriptionNumber) {
    let _ = inner.inputs.send(Input::Detach(number));
    inner.table.lock().gone.insert(id);
}
