//! Bytes to a plugin: shape, compile, link, `describe`. What goes wrong is the file's fault, and says how to mend it.

pub(crate) mod describe;
mod imports;
mod inspect;
mod link;
pub(crate) mod shape;

use crate::handler::WasmHandler;
use crate::host::Host;
use crate::instance::base;
use oyez_model::port::{LoadError, Plugin, PluginSettings};
use oyez_model::{Build, Limits, Listener, PluginName};
use std::sync::Arc;
use tokio::task::JoinError;
use wasmtime::component::Component;

pub(crate) use inspect::inspect;
pub use inspect::{Described, Import, Inspection, LoadCost, Need, Shape};
pub(crate) use link::refused;

/// Loads a plugin.
///
/// # Errors
/// Bytes that are no component, or one that this host cannot run.
pub(crate) async fn load(
    host: Arc<Host>,
    name: PluginName,
    build: Build,
    settings: PluginSettings,
    listener: Option<Listener>,
) -> Result<Plugin, LoadError> {
    affordable(&host, &settings.limits)?;
    shape::check(build.bytes())?;
    let version = build.version();
    let artefact = host.artefact(version);
    let link = async || {
        let component = compile(&host, build).await?;
        let (thread, grants) = (host.clone(), settings.grants.clone());
        // Large components have large types: this takes a thread for long.
        apart(&host, move || link::link(&thread, &component, &grants)).await?
    };
    artefact.linked.get_or_try_init(link).await?;
    // Another plugin of the same build may have been granted more.
    let asks = artefact.asks().to_vec();
    imports::are_granted(&asks, &settings.grants)?;
    let account = host.account(&name);
    let ask = async || describe::ask(&host, &account, artefact.linked().clone(), settings.limits).await.map(|(described, _)| described);
    let described = artefact.described.get_or_try_init(ask).await?.clone();
    Ok(Plugin {
        version,
        described_version: described.version,
        summary: described.summary,
        subscriptions: described.subscriptions,
        emits: described.emits,
        asks,
        handler: Arc::new(WasmHandler::new(host, artefact, name, settings, listener)),
    })
}

/// A limit that the host could never grant would have its attempts wait for ever.
fn affordable(host: &Host, limits: &Limits) -> Result<(), LoadError> {
    let (wanted, total) = (base(limits).saturating_add(limits.memory), host.admission.bytes());
    if wanted <= total {
        return Ok(());
    }
    let message = format!(
        "one attempt may take {wanted} bytes, with its stack and emissions, over the {total} that the host has for all: \
         lower `memory` or `emission_bytes` in [limits], or raise the host's own memory budget"
    );
    Err(error("over-budget", message))
}

/// Compiles, apart from the guests.
async fn compile(host: &Arc<Host>, build: Build) -> Result<Component, LoadError> {
    let thread = host.clone();
    host.aside(async move { thread.compile(build).await }).await.unwrap_or_else(|end| Err(ended(&end)))
}

/// Long work, where it holds up nobody.
async fn apart<T: Send + 'static>(host: &Host, work: impl FnOnce() -> T + Send + 'static) -> Result<T, LoadError> {
    host.apart(work).await.map_err(|end| ended(&end))
}

fn ended(end: &JoinError) -> LoadError {
    if end.is_panic() { panicked() } else { interrupted() }
}

fn panicked() -> LoadError {
    error("invalid-component", "the host panicked over this component: report it, with the file")
}

pub(crate) fn interrupted() -> LoadError {
    error("no-room", "the host stopped while it was loading")
}

pub(crate) fn error(code: &'static str, message: impl Into<String>) -> LoadError {
    let message = message.into().replace('\n', " ");
    LoadError { code, message }
}
