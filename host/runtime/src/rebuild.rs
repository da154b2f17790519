//! A plugin's state made anew from recorded events, while it stands still.

use crate::driver::Input;
use crate::host::{Host, Inner};
use crate::query::From;
use crate::subscribe;
use crate::wanted::Wanted;
use oyez_dispatch::Rebuilding;
use oyez_engine::{ControlError, Part, Rebuild, Unavailable, Wish};
use oyez_model::{PluginName, Sequence, SubscriptionNumber};
use std::sync::{Arc, Weak};
use tokio::sync::oneshot;

/// How a plugin's state is made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuildOptions {
    /// Begin with no state. Otherwise with what there is.
    pub reset_state: bool,
    /// What the handlers emit goes into the log. Otherwise it is checked, and thrown away.
    pub emit: bool,
}

impl Host {
    /// Makes a plugin's state anew: every event that its subscriptions have settled, from a place up, is delivered again, in order, on
    /// scratch state that takes the old one's place in the end. The plugin stands still meanwhile; what comes for it waits, and so does
    /// what is dead or parked. Returns once it has begun. It goes on after a restart, and ends without a trace if a delivery of it dies.
    ///
    /// # Errors
    /// No such plugin, one under way, a place that the log has let go of, or nothing is taken just now.
    pub async fn rebuild(&self, name: &str, from: From, options: RebuildOptions) -> Result<(), ControlError> {
        let inner = &self.0;
        let plugin = PluginName::new(name)?;
        let wanted = wanted(inner, &plugin).ok_or_else(|| ControlError::NoSuchPlugin(name.to_owned()))?;
        if inner.engine.rebuild(&plugin).is_some() {
            return Err(ControlError::Rebuilding(name.to_owned()));
        }
        let after = self.begins(from).await?.previous();
        let _ = inner.inputs.send(Input::Pause(plugin.clone(), true));
        let begun = begin(inner, &plugin, &wanted, after, options).await;
        if let Err(error) = begun {
            inner.pause_as_wanted(plugin);
            return Err(error);
        }
        resume(inner, &plugin).await;
        Ok(())
    }

    /// The first event of a rebuild; it must be there, and all after it.
    async fn begins(&self, from: From) -> Result<Sequence, ControlError> {
        let first = self.0.engine.first();
        let unreadable = |error| ControlError::from(Unavailable { code: "log-unreadable", message: format!("{error}") });
        let place = self.place(from).await.map_err(unreadable)?;
        match from {
            From::Sequence(asked) if asked < first && first > Sequence(1) => Err(ControlError::Trimmed { from: asked, first }),
            // Whether it was the first one of that time nobody knows any more.
            From::Time(_) if place <= first && first > Sequence(1) => Err(ControlError::Trimmed { from: first.previous(), first }),
            _ => Ok(Sequence(place.0.max(1))),
        }
    }
}

/// What a plugin's subscriptions are to be; nothing if it is not there.
fn wanted(inner: &Inner, plugin: &PluginName) -> Option<Vec<(SubscriptionNumber, Wanted)>> {
    inner.table.lock().plugins.get(plugin.as_str()).map(|entry| entry.wanted.clone()).filter(|wanted| !wanted.is_empty())
}

async fn begin(
    inner: &Inner,
    plugin: &PluginName,
    wanted: &[(SubscriptionNumber, Wanted)],
    after: Sequence,
    options: RebuildOptions,
) -> Result<Rebuild, ControlError> {
    let stopping = || ControlError::from(Unavailable { code: "stopping", message: "the host stops".to_owned() });
    let (still, taken) = oneshot::channel();
    let _ = inner.inputs.send(Input::WhenStill(plugin.clone(), wanted.iter().map(|(number, _)| *number).collect(), still));
    let taken = taken.await.map_err(|_| stopping())?;
    let engine = inner.engine.clone();
    let parts = move || {
        let part = |(number, taken): (SubscriptionNumber, Vec<Sequence>)| {
            let progress = engine.progress(number)?;
            let until = progress.ended.last().copied().unwrap_or_default().max(progress.place);
            let open = engine.open_places(number, after).inspect_err(|error| tracing::error!(%error, "what is open cannot be read")).ok()?;
            Some((number, after, until, taken.into_iter().chain(open).filter(|sequence| *sequence <= until).collect()))
        };
        taken.into_iter().map(part).collect::<Option<Vec<_>>>()
    };
    let parts = tokio::task::spawn_blocking(parts).await.ok().flatten().ok_or_else(stopping)?;
    inner.engine.begin_rebuild(Wish { plugin: plugin.clone(), reset: options.reset_state, emit: options.emit, parts }).await
}

/// Takes up a rebuild that is under way: after a start, or with another build or other settings of its plugin.
pub(crate) async fn resume(inner: &Arc<Inner>, plugin: &PluginName) {
    let (Some(rebuild), Some(wanted)) = (inner.engine.rebuild(plugin), wanted(inner, plugin)) else { return };
    for Part { id, until, .. } in &rebuild.parts {
        let Some((_, live)) = wanted.iter().find(|(_, wanted)| wanted.id.name == id.name) else { continue };
        let rebuilding = Rebuilding { until: *until, emit: rebuild.emit };
        let part = Wanted { id: id.clone(), paused: false, returns: false, rebuild: Some(rebuilding), ..live.clone() };
        if let Err(error) = subscribe::attach(inner, part).await {
            tracing::error!(%plugin, %error, "a rebuild cannot be taken up");
        }
    }
    if inner.rebuilding.lock().insert(plugin.clone()) {
        drop(tokio::spawn(watch(Arc::downgrade(inner), plugin.clone(), rebuild)));
    }
}

/// Waits for the end of a rebuild, and makes it one.
async fn watch(inner: Weak<Inner>, plugin: PluginName, rebuild: Rebuild) {
    let (done, over) = oneshot::channel();
    let numbers = rebuild.parts.iter().map(|part| part.number).collect();
    match Weak::upgrade(&inner) {
        Some(inner) => drop(inner.inputs.send(Input::WhenOver(numbers, done))),
        None => return,
    }
    // Otherwise the host stops: the next process goes on with it.
    if over.await.is_err() {
        return;
    }
    let Some(inner) = Weak::upgrade(&inner) else { return };
    let trouble = trouble(&inner, &rebuild);
    let ended = inner.engine.end_rebuild(plugin.clone(), trouble.is_none()).await;
    inner.rebuilding.lock().remove(&plugin);
    if let Err(error) = ended {
        return tracing::error!(%plugin, %error, "a rebuild could not be ended; the next process ends it");
    }
    rebuild.parts.iter().for_each(|part| drop(inner.inputs.send(Input::Detach(part.number))));
    match &trouble {
        Some(why) => tracing::error!(%plugin, why, "a rebuild failed; the state is what it was"),
        None => tracing::info!(%plugin, "the state is rebuilt"),
    }
    if let Some(entry) = inner.table.lock().plugins.get_mut(plugin.as_str()) {
        entry.status.reason = trouble.map(|why| format!("rebuild-failed: {why}"));
    }
    inner.pause_as_wanted(plugin);
}

/// Why a rebuild that is over does not count.
fn trouble(inner: &Inner, rebuild: &Rebuild) -> Option<String> {
    rebuild.parts.iter().find_map(|part| {
        let progress = inner.engine.progress(part.number)?;
        if progress.gaps.iter().any(|gap| gap.events > 0) {
            return Some(format!("the log let go of events that `{}` needed", part.id.live()));
        }
        let sequence = *progress.rows.keys().next()?;
        let reason = inner.engine.row(part.number, sequence).map(|row| row.reason).unwrap_or_default();
        Some(format!("the event at {sequence} failed in `{}`: {reason}; {} failed in all", part.id.live(), progress.rows.len()))
    })
}
