//! Bytes to machine code: in a child process under limits of its own, or in this one if an embedder says so.
//!
//! Bytes can be made to take minutes and gigabytes to compile, and a compiler is large enough to have faults. So the child is what
//! meets them: it is niced, bounded in processor time, memory and what it writes, and its end is a reason, whatever it is.

mod cache;
mod child;
mod turns;
mod types;
mod worker;

pub(crate) use child::BOUNDS;
pub(crate) use types::TYPES_MAX;
pub use worker::compile_worker;

use crate::error::SandboxError;
use crate::executor::Executor;
use crate::load::error;
use cache::{Cache, Kept};
use child::Child;
use oyez_model::port::LoadError;
use oyez_model::{Build, Version};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use wasmtime::Engine;
use wasmtime::component::Component;

/// How it is said of a component that it wants too much.
pub(crate) const UNFIT: &str = "there is too much to be known of it";

/// Where plugins are compiled, as the embedder said it.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    InProcess,
    Child(PathBuf),
}

/// Compiles for one engine.
#[derive(Debug)]
pub(crate) enum Compiler {
    InProcess,
    Child { child: Child, cache: Kept },
}

impl Compiler {
    /// Makes sure that it can compile.
    ///
    /// # Errors
    /// There is no such child, or it is of another version.
    pub(crate) fn start(choice: Choice, cache: Option<PathBuf>, engine: &Engine) -> Result<Self, SandboxError> {
        let fingerprint = fingerprint(engine);
        Ok(match choice {
            Choice::InProcess => Self::InProcess,
            Choice::Child(program) => Self::Child { child: Child::start(program, fingerprint)?, cache: Kept::new(cache, fingerprint) },
        })
    }

    /// Compiles, beside what the executor does, or finds what was compiled before.
    ///
    /// # Errors
    /// The bytes are no component, or take too much to compile.
    pub(crate) async fn compile(&self, engine: &Engine, executor: &Executor, build: Build) -> Result<Component, LoadError> {
        let (engine, version) = (engine.clone(), build.version());
        let (child, cache) = match self {
            Self::InProcess => return apart(move || within(&engine, build.bytes())).await,
            Self::Child { child, cache } => (child, cache.get()),
        };
        if let Some(cache) = cache.clone() {
            let engine = engine.clone();
            if let Some(component) = apart(move || Ok(found(&cache, &engine, version))).await? {
                return Ok(component);
            }
        }
        let draft = cache.as_ref().map_or_else(cache::nowhere, |cache| cache.draft()).map_err(|e| no_room(&e))?;
        child.compile(executor, build.into_bytes(), &draft.file).await?;
        apart(move || {
            let loaded = match cache {
                Some(cache) => load(&engine, &cache.keep(draft, version).map_err(|e| no_room(&e))?),
                None => load(&engine, &draft.file),
            };
            loaded.map_err(|e| refused(&e))
        })
        .await
    }
}

/// In this process.
fn within(engine: &Engine, wasm: &[u8]) -> Result<Component, LoadError> {
    bounded(wasm, |wasm| Component::from_binary(engine, wasm)).map_err(|reason| crate::load::refused(&reason))
}

/// What is done to bytes, wherever it is done.
///
/// # Errors
/// They ask for too much, which is found before, or are no component.
fn bounded<T>(wasm: &[u8], compile: impl FnOnce(&[u8]) -> wasmtime::Result<T>) -> Result<T, String> {
    types::check(wasm)?;
    compile(wasm).map_err(|e| format!("{e:#}"))
}

/// An artefact of the cache, if it is there, whole, and of this engine.
fn found(cache: &Cache, engine: &Engine, version: Version) -> Option<Component> {
    let artefact = cache.find(version)?;
    load(engine, &artefact)
        .inspect_err(|e| tracing::warn!(%version, error = format!("{e:#}"), "a compiled plugin of the cache does not load: it is compiled again"))
        .ok()
}

/// Loads machine code. It is mapped, so that what a plugin never runs takes no memory.
#[allow(unsafe_code, reason = "machine code is believed: see below why this one may be")]
fn load(engine: &Engine, artefact: &File) -> wasmtime::Result<Component> {
    // By its descriptor, so that it is the file that was written or checked, whatever lies under its name by now.
    let path = format!("/proc/self/fd/{}", artefact.as_raw_fd());
    // SAFETY: the bytes are what `compile_worker` of this very engine wrote: either into a descriptor that this process opened for
    // nobody but that child, or into the cache, from where it is read only if its seal, keyed by a secret of the cache's folder, is right.
    // Whoever can write below that folder, or is this user, is trusted (ARCHITECTURE.md, "What is not promised").
    unsafe { Component::deserialize_file(engine, path) }
}

/// On a thread that may block.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, LoadError> + Send + 'static) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|end| {
        let message = "the compiler panicked over this component: report it, with the file";
        Err(if end.is_panic() { error("invalid-component", message) } else { crate::load::interrupted() })
    })
}

/// What artefacts of this engine have in common, and those of no other: what was let through by other bounds is looked at anew.
fn fingerprint(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    (TYPES_MAX, worker::TOLD_BYTES_MAX).hash(&mut hasher);
    hasher.finish()
}

fn no_room(e: &std::io::Error) -> LoadError {
    error("no-room", format!("what it compiles to cannot be written: {e}; make room, or set another folder for what is compiled"))
}

fn refused(e: &wasmtime::Error) -> LoadError {
    crate::load::refused(&format!("{e:#}"))
}
