//! What all plugins share, and the threads they run on.

use crate::admission::Admission;
use crate::artefact::Artefact;
use crate::compile::{Choice, Compiler};
use crate::error::SandboxError;
use crate::executor::{Account, Executor, Task};
use crate::instance::Guest;
use crate::outgoing::Network;
use crate::ticker::Ticker;
use crate::{engine, wasi};
use oyez_model::port::LoadError;
use oyez_model::{Build, PluginName, Version};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

/// What a sandbox is made with.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) slots: usize,
    pub(crate) threads: usize,
    /// In bytes.
    pub(crate) memory: usize,
    pub(crate) compiler: Choice,
    pub(crate) cache: Option<PathBuf>,
}

/// What all plugins share.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<Guest>,
    pub(crate) ticker: Ticker,
    /// A slot is a whole component's worth of the pool.
    pub(crate) admission: Arc<Admission>,
    compiler: Compiler,
    pub(crate) network: Arc<Network>,
    artefacts: Mutex<HashMap<Version, Weak<Artefact>>>,
    accounts: Mutex<HashMap<String, Weak<Account>>>,
    guests: Executor,
    /// For what is no guest: compilers, sockets, timers. Taken at drop only.
    side: Option<Runtime>,
    /// Why instances do not come from a pool.
    pub(crate) unpooled: Option<String>,
}

impl Host {
    /// Starts the engine, the compiler and the threads.
    ///
    /// # Errors
    /// A machine on which one of them does not start.
    pub(crate) fn start(options: Options) -> Result<Self, SandboxError> {
        let Options { slots, threads, memory, compiler, cache } = options;
        let (engine, unpooled) = engine::start(slots)?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(|e| SandboxError::Engine(format!("{e:#}")))?;
        let mut side = Builder::new_multi_thread();
        side.worker_threads(1).max_blocking_threads(32).thread_name("oyez-sandbox").enable_all();
        let side = side.build().map_err(SandboxError::Threads)?;
        Ok(Self {
            ticker: Ticker::start(engine.clone()).map_err(SandboxError::Threads)?,
            admission: Admission::new(slots, memory),
            compiler: Compiler::start(compiler, cache, &engine)?,
            network: Arc::new(Network::new()),
            artefacts: Mutex::default(),
            accounts: Mutex::default(),
            guests: Executor::start(threads, side.handle()).map_err(SandboxError::Threads)?,
            side: Some(side),
            engine,
            linker,
            unpooled,
        })
    }

    /// What is known of a build: shared by all plugins that are this build, and forgotten with the last.
    pub(crate) fn artefact(&self, version: Version) -> Arc<Artefact> {
        shared(&self.artefacts, version, Artefact::default)
    }

    /// A plugin's account, whatever its version: forgotten with its last handler.
    pub(crate) fn account(&self, plugin: &PluginName) -> Arc<Account> {
        shared(&self.accounts, plugin.live().to_owned(), Account::new)
    }

    /// Runs a guest's work on the guests' threads. It ends when the task is dropped.
    pub(crate) fn spawn<F: Future<Output: Send + 'static> + Send + 'static>(&self, account: &Arc<Account>, work: F) -> Task<F::Output> {
        self.guests.spawn(account, work)
    }

    /// Compiles, or finds what was compiled before.
    ///
    /// # Errors
    /// The bytes are no component, or take too much to compile.
    pub(crate) async fn compile(&self, build: Build) -> Result<Component, LoadError> {
        self.compiler.compile(&self.engine, &self.guests, build).await
    }

    /// Does long work apart from the guests, and from what moves their sockets and timers. It goes on though this is dropped.
    ///
    /// # Errors
    /// It panicked, or the sandbox ended.
    pub(crate) async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
        self.side().spawn_blocking(work).await
    }

    /// Does something apart from the guests. It ends when this is dropped.
    ///
    /// # Errors
    /// It panicked, or the sandbox ended.
    pub(crate) async fn aside<F: Future<Output: Send + 'static> + Send + 'static>(&self, work: F) -> Result<F::Output, JoinError> {
        let mut task = tokio::task::JoinSet::new();
        task.spawn_on(work, self.side().handle());
        task.join_next().await.expect("one was spawned")
    }

    fn side(&self) -> &Runtime {
        self.side.as_ref().expect("the threads end at drop only")
    }
}

/// What is known under a key, as long as somebody holds it.
fn shared<K: Hash + Eq, V>(known: &Mutex<HashMap<K, Weak<V>>>, key: K, new: impl FnOnce() -> V) -> Arc<V> {
    let mut known = known.lock();
    if let Some(value) = known.get(&key).and_then(Weak::upgrade) {
        return value;
    }
    known.retain(|_, value| value.strong_count() > 0);
    let value = Arc::new(new());
    known.insert(key, Arc::downgrade(&value));
    value
}

impl Drop for Host {
    fn drop(&mut self) {
        // Whoever drops the last handle may be one of the threads themselves, or another runtime's: neither may wait.
        self.side.take().expect("dropped once").shutdown_background();
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("admission", &self.admission).field("unpooled", &self.unpooled).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_build_is_shared_and_forgotten_with_the_last_plugin() {
        let options = Options { slots: 1, threads: 1, memory: 128 << 20, compiler: Choice::InProcess, cache: None };
        let host = Host::start(options).unwrap();
        let first = host.artefact(Version::of(b"a"));
        assert!(Arc::ptr_eq(&first, &host.artefact(Version::of(b"a"))));
        assert!(!Arc::ptr_eq(&first, &host.artefact(Version::of(b"b"))));
        drop(first);
        host.artefact(Version::of(b"c"));
        assert_eq!(host.artefacts.lock().len(), 1);
    }
}
