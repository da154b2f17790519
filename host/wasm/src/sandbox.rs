//! The sandbox: what all plugins share, and the threads they run on.

use crate::budget::Budget;
use crate::load::{Artefact, load};
use crate::run::Guest;
use crate::ticker::Ticker;
use crate::{SandboxBuilder, SandboxError, engine, wasi};
use oyez_model::port::{BoxFuture, LoadError, Loader, Plugin, PluginSettings};
use oyez_model::{PluginName, Version};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle};
use wasmtime::Engine;
use wasmtime::component::Linker;

/// Loads plugins and runs them, on threads of its own. A clone is another handle to the same sandbox; it ends with the last handle
/// and the last plugin.
///
/// ```
/// # fn main() -> Result<(), oyez_wasm::SandboxError> {
/// let sandbox = oyez_wasm::Sandbox::builder().compile_in_process().slots(16).build()?;
/// assert!(oyez_wasm::Sandbox::builder().build().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Sandbox(Arc<Host>);

impl Sandbox {
    /// A builder with every default.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Why instances do not come from a pool, if they do not: each attempt then costs some 20 to 30 us more.
    #[must_use]
    pub fn unpooled(&self) -> Option<&str> {
        self.0.unpooled.as_deref()
    }

    pub(crate) fn start(options: &SandboxBuilder) -> Result<Self, SandboxError> {
        let (engine, unpooled) = engine::start(options.slots)?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(|e| SandboxError::Engine(format!("{e:#}")))?;
        let threads = Builder::new_multi_thread()
            .worker_threads(options.threads)
            .thread_name("oyez-guest")
            .max_blocking_threads(2)
            // Guests give way each millisecond: looking for news every few of those keeps a thread full of them in touch.
            .global_queue_interval(2)
            .event_interval(8)
            .enable_time()
            .build()
            .map_err(SandboxError::Threads)?;
        Ok(Self(Arc::new(Host {
            ticker: Ticker::start(engine.clone()).map_err(SandboxError::Threads)?,
            slots: Semaphore::new(options.slots),
            memory: Budget::new(options.memory),
            artefacts: Mutex::default(),
            threads: Some(threads),
            engine,
            linker,
            unpooled,
        })))
    }
}

impl Loader for Sandbox {
    fn load(&self, name: PluginName, wasm: Arc<[u8]>, settings: PluginSettings) -> BoxFuture<Result<Plugin, LoadError>> {
        Box::pin(load(self.0.clone(), name, wasm, settings))
    }
}

/// What all plugins share.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<Guest>,
    pub(crate) ticker: Ticker,
    /// A permit is a whole component's worth of the pool.
    pub(crate) slots: Semaphore,
    pub(crate) memory: Arc<Budget>,
    artefacts: Mutex<HashMap<Version, Weak<Artefact>>>,
    /// Taken at drop only.
    threads: Option<Runtime>,
    unpooled: Option<String>,
}

impl Host {
    /// What is known of a build: shared by all plugins that are this build, and forgotten with the last.
    pub(crate) fn artefact(&self, version: Version) -> Arc<Artefact> {
        let mut artefacts = self.artefacts.lock();
        if let Some(known) = artefacts.get(&version).and_then(Weak::upgrade) {
            return known;
        }
        artefacts.retain(|_, artefact| artefact.strong_count() > 0);
        let new = Arc::new(Artefact::default());
        artefacts.insert(version, Arc::downgrade(&new));
        new
    }

    /// Runs a guest's work on the guests' threads. It ends when the task is dropped.
    pub(crate) fn spawn<F: Future<Output: Send> + Send + 'static>(&self, work: F) -> Task<F::Output> {
        Task(self.threads().spawn(work))
    }

    /// Runs long work apart from the guests. It goes on though the task is dropped.
    pub(crate) fn spawn_blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
        Task(self.threads().spawn_blocking(work))
    }

    fn threads(&self) -> &Runtime {
        self.threads.as_ref().expect("the threads end at drop only")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Whoever drops the last handle may be one of the threads themselves, or another runtime's: neither may wait.
        self.threads.take().expect("dropped once").shutdown_background();
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("memory", &self.memory).field("unpooled", &self.unpooled).finish_non_exhaustive()
    }
}

/// Work on the sandbox's threads; ends at drop.
pub(crate) struct Task<T>(JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_build_is_shared_and_forgotten_with_the_last_plugin() {
        let Sandbox(host) = Sandbox::builder().compile_in_process().slots(1).build().unwrap();
        let first = host.artefact(Version::of(b"a"));
        assert!(Arc::ptr_eq(&first, &host.artefact(Version::of(b"a"))));
        assert!(!Arc::ptr_eq(&first, &host.artefact(Version::of(b"b"))));
        drop(first);
        host.artefact(Version::of(b"c"));
        assert_eq!(host.artefacts.lock().len(), 1);
    }
}
