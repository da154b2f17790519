//! What all plugins share, and the threads they run on.

use crate::artefact::Artefact;
use crate::budget::Budget;
use crate::error::SandboxError;
use crate::instance::Guest;
use crate::ticker::Ticker;
use crate::{engine, wasi};
use oyez_model::Version;
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
    /// Why instances do not come from a pool.
    pub(crate) unpooled: Option<String>,
}

impl Host {
    /// Starts the engine and the threads.
    ///
    /// # Errors
    /// A machine on which one of them does not start.
    pub(crate) fn start(slots: usize, threads: usize, memory: usize) -> Result<Self, SandboxError> {
        let (engine, unpooled) = engine::start(slots)?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(|e| SandboxError::Engine(format!("{e:#}")))?;
        let threads = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("oyez-guest")
            .max_blocking_threads(2)
            // Guests give way each millisecond: looking for news every few of those keeps a thread full of them in touch.
            .global_queue_interval(2)
            .event_interval(8)
            .enable_time()
            .build()
            .map_err(SandboxError::Threads)?;
        Ok(Self {
            ticker: Ticker::start(engine.clone()).map_err(SandboxError::Threads)?,
            slots: Semaphore::new(slots),
            memory: Budget::new(memory),
            artefacts: Mutex::default(),
            threads: Some(threads),
            engine,
            linker,
            unpooled,
        })
    }

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
        let host = Host::start(1, 1, 128 << 20).unwrap();
        let first = host.artefact(Version::of(b"a"));
        assert!(Arc::ptr_eq(&first, &host.artefact(Version::of(b"a"))));
        assert!(!Arc::ptr_eq(&first, &host.artefact(Version::of(b"b"))));
        drop(first);
        host.artefact(Version::of(b"c"));
        assert_eq!(host.artefacts.lock().len(), 1);
    }
}
