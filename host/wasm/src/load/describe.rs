//! What a plugin says of itself: asked in the sandbox, with no configuration, and checked.

use super::{Described, error};
use crate::bindings::{Plugin, PluginPre, types};
use crate::executor::{Account, Ended};
use crate::host::Host;
use crate::instance::{Guest, Terms};
use crate::run::{Call, Ran, run};
use oyez_model::port::LoadError;
use oyez_model::{Cost, Filter, FilterError, Limits, SubscriptionName, SubscriptionPatch, bounds};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::Store;

/// What it may use of cpu.
pub(crate) const CPU_MAX: Duration = Duration::from_secs(1);
/// How long it may take.
pub(crate) const TIME_MAX: Duration = Duration::from_secs(5);
/// Event types that a plugin may say it emits.
pub(crate) const EMITS_MAX: usize = 256;
/// Its summary, in bytes.
pub(crate) const SUMMARY_BYTES_MAX: usize = 4096;
/// Its version, in bytes.
pub(crate) const VERSION_BYTES_MAX: usize = 256;

struct Describe;

impl Call for Describe {
    type Answer = types::Description;

    async fn call(self, plugin: &Plugin, store: &mut Store<Guest>) -> wasmtime::Result<types::Description> {
        plugin.oyez_plugin_plugin_info().call_describe(store).await
    }
}

/// Asks, and checks the answer; gives back what it cost as well.
///
/// # Errors
/// It trapped or passed a limit, or what it says cannot be.
pub(super) async fn ask(host: &Arc<Host>, account: &Arc<Account>, pre: PluginPre<Guest>, limits: Limits) -> Result<(Described, Cost), LoadError> {
    let ran = bare(host, account, pre, limits, Describe).await?;
    let said = ran.answer.map_err(|stop| error("describe-failed", format!("`describe` failed: {stop}")))?;
    Ok((check(said)?, ran.cost))
}

/// Runs a call with nothing granted, under limits that do. Of the plugin's own only memory counts: a language's runtime may need more
/// than the default to start.
///
/// # Errors
/// It did not run.
pub(super) async fn bare<C>(
    host: &Arc<Host>,
    account: &Arc<Account>,
    pre: PluginPre<Guest>,
    limits: Limits,
    call: C,
) -> Result<Ran<C::Answer>, LoadError>
where
    C: Call + 'static,
    C::Answer: 'static,
{
    let limits = Limits { cpu: CPU_MAX, time: TIME_MAX, memory: limits.memory, ..Limits::default() };
    // The same on every host and at every load, so that the answer is.
    let terms = Terms::bare(limits);
    let (thread, own) = (host.clone(), account.clone());
    // What it takes to describe itself says nothing of its attempts.
    let nobody = Arc::new(Account::new());
    match host.spawn(&nobody, async move { run(&thread, &own, &pre, terms, call).await }).await {
        Ok(Ok(ran)) => Ok(ran),
        Ok(Err(shortage)) => Err(error("no-room", shortage.to_string())),
        Err(Ended::Panicked) => Err(error("describe-failed", "`describe` made the host panic: report it, with the file")),
        Err(Ended::Stopped) => Err(super::interrupted()),
    }
}

fn check(said: types::Description) -> Result<Described, LoadError> {
    at_most("its version", said.version.len(), VERSION_BYTES_MAX, "bytes")?;
    at_most("its summary", said.summary.len(), SUMMARY_BYTES_MAX, "bytes")?;
    at_most("it", said.subscriptions.len(), bounds::SUBSCRIPTIONS_MAX, "subscriptions")?;
    at_most("it", said.emits.len(), EMITS_MAX, "emitted types")?;
    if let Some((name, _)) = said.options.first() {
        return Err(invalid(format!("the option `{name}` is none that this host knows: take it out, or update the host")));
    }
    if said.emits.iter().any(String::is_empty) {
        return Err(invalid("an event type that it emits is empty: name it, or take it out"));
    }
    let subscriptions = said.subscriptions.into_iter().map(subscription).collect::<Result<Vec<_>, _>>()?;
    for (at, patch) in subscriptions.iter().enumerate() {
        if subscriptions[..at].iter().any(|other| other.name == patch.name) {
            return Err(invalid(format!("two subscriptions are called `{}`: rename one", patch.name)));
        }
    }
    Ok(Described { version: said.version, summary: said.summary, subscriptions, emits: said.emits })
}

fn at_most(what: &str, count: usize, max: usize, unit: &str) -> Result<(), LoadError> {
    if count <= max { Ok(()) } else { Err(invalid(format!("{what} has {count} {unit}, over the limit of {max}"))) }
}

fn subscription(said: types::Subscription) -> Result<SubscriptionPatch, LoadError> {
    let name = SubscriptionName::new(&said.name).map_err(|e| invalid(format!("a subscription's name: {e}")))?;
    let of = |code, e: &dyn std::error::Error| error(code, format!("what `describe` says of the subscription `{}`: {e}", said.name));
    let mut patch = SubscriptionPatch::new(name);
    let filters: Vec<Filter> = said.filters.into_iter().map(filter).collect::<Result<_, _>>().map_err(|e| of(e.code(), &e))?;
    // No filters is no opinion: only the operator can say `filters = []`, which takes every event.
    patch.filters = Some(filters).filter(|filters| !filters.is_empty());
    for (key, value) in &said.options {
        patch.set(key, value).map_err(|e| of(e.code(), &e))?;
    }
    Ok(patch)
}

fn filter(said: types::Filter) -> Result<Filter, FilterError> {
    match said {
        types::Filter::Exact(clause) => Filter::new("exact", vec![clause]),
        types::Filter::Prefix(clause) => Filter::new("prefix", vec![clause]),
        types::Filter::Suffix(clause) => Filter::new("suffix", vec![clause]),
        types::Filter::Sql(_) => Filter::new("sql", Vec::new()),
        types::Filter::Json(_) => Filter::new("json", Vec::new()),
    }
}

fn invalid(message: impl Into<String>) -> LoadError {
    error("invalid-description", format!("what `describe` says: {}", message.into()))
}
