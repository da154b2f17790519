//! What an embedder chooses of a sandbox.

use crate::compile::Choice;
use crate::host::{Host, Options};
use crate::{Sandbox, SandboxError};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

/// The most slots that a sandbox may have.
const SLOTS_MAX: usize = 65_536;
/// The most threads that a sandbox may have.
const THREADS_MAX: usize = 1_024;
/// The least memory that a sandbox may have, in bytes: one default attempt with its stack and buffers.
const MEMORY_BYTES_MIN: usize = 128 << 20;

/// Builds a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder {
    compiler: Option<Choice>,
    cache: Option<PathBuf>,
    slots: usize,
    threads: usize,
    memory: usize,
}

impl Sandbox {
    /// A builder with every default.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        let threads = available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
        Self { compiler: None, cache: None, slots: 256, threads, memory: 4 << 30 }
    }
}

impl SandboxBuilder {
    /// Compiles plugins in children of this process, which run `PROGRAM compile-worker`: an `oyez` of this version, or a program of your
    /// own that calls [`compile_worker`](crate::compile_worker). A child takes 60 s of processor time and 1 GiB of memory at most
    /// and gives way to everybody; two run at a time.
    pub fn compile_in_child(mut self, program: impl Into<PathBuf>) -> Self {
        self.compiler = Some(Choice::Child(program.into()));
        self
    }

    /// Compiles plugins in this process. Said explicitly, because bytes that are made to compile slowly take time and memory here.
    pub fn compile_in_process(mut self) -> Self {
        self.compiler = Some(Choice::InProcess);
        self
    }

    /// Where what a child compiled is kept, so that it is compiled once: made if it is missing, for this user only; 4 GiB at most, then
    /// what was not used for longest goes. What was altered there is found, and compiled again; where the folder cannot be had, a plugin is
    /// compiled at each load. Default = nowhere.
    pub fn cache(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cache = Some(dir.into());
        self
    }

    /// How many attempts run side by side; others queue. Default = 256, at most 65,536. Each takes address space, not memory.
    pub fn slots(mut self, slots: usize) -> Self {
        self.slots = slots;
        self
    }

    /// How many threads run guests. Default = the machine's cores, at most 1,024.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What all attempts together may hold, in bytes: memories, tables, stacks and buffers. Default = 4 GiB, at least 128 MiB.
    /// An attempt that finds too little left did not run, and is not counted. Lower it where the host has less.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Builds it: starts the threads and reserves the address space.
    ///
    /// # Errors
    /// No choice of a compiler or one that does not run, a setting out of its bounds, a machine on which the engine or a thread does not start.
    pub fn build(self) -> Result<Sandbox, SandboxError> {
        let compiler = self.compiler.ok_or(SandboxError::NoCompiler)?;
        within("slots", self.slots, 1, SLOTS_MAX)?;
        within("threads", self.threads, 1, THREADS_MAX)?;
        within("memory", self.memory, MEMORY_BYTES_MIN, usize::MAX)?;
        let options = Options { slots: self.slots, threads: self.threads, memory: self.memory, compiler, cache: self.cache };
        Ok(Sandbox { host: Arc::new(Host::start(options)?), listener: None })
    }
}

fn within(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), SandboxError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(SandboxError::Setting { name, value, min, max }) }
}
