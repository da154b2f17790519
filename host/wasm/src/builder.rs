//! What an embedder chooses of a sandbox.

use crate::Sandbox;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// The most slots that a sandbox may have.
const SLOTS_MAX: usize = 65_536;
/// The most threads that a sandbox may have.
const THREADS_MAX: usize = 1_024;
/// The least memory that a sandbox may have, in bytes: one default attempt with its stack and buffers.
const MEMORY_BYTES_MIN: usize = 128 << 20;

/// Why a sandbox was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Nobody said where plugins are compiled.
    #[error("nobody said where plugins are compiled: call `compile_in_process()` (a compiler child is not built yet)")]
    NoCompiler,
    /// A setting out of its bounds.
    #[error("`{name}` is {value}, but takes a number from {min} to {max}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it was given.
        value: usize,
        /// The least that it takes.
        min: usize,
        /// The most that it takes.
        max: usize,
    },
    /// The compiler or the allocator does not start on this machine.
    #[error("the WebAssembly engine does not start on this machine: {0}")]
    Engine(String),
    /// The threads do not start.
    #[error("the threads of the sandbox do not start: {0}")]
    Threads(#[source] std::io::Error),
}

impl SandboxError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCompiler => "no-compiler",
            Self::Setting { .. } => "invalid-setting",
            Self::Engine(_) | Self::Threads(_) => "sandbox-failed",
        }
    }
}

/// Builds a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder {
    in_process: bool,
    pub(crate) slots: usize,
    pub(crate) threads: usize,
    pub(crate) memory: usize,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        let threads = available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
        Self { in_process: false, slots: 256, threads, memory: 4 << 30 }
    }
}

impl SandboxBuilder {
    /// Compiles plugins in this process. Said explicitly, because bytes that are made to compile slowly take time and memory here.
    pub fn compile_in_process(mut self) -> Self {
        self.in_process = true;
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
    /// No choice of a compiler, a setting out of its bounds, a machine on which the engine or a thread does not start.
    pub fn build(self) -> Result<Sandbox, SandboxError> {
        if !self.in_process {
            return Err(SandboxError::NoCompiler);
        }
        within("slots", self.slots, 1, SLOTS_MAX)?;
        within("threads", self.threads, 1, THREADS_MAX)?;
        within("memory", self.memory, MEMORY_BYTES_MIN, usize::MAX)?;
        Sandbox::start(&self)
    }
}

fn within(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), SandboxError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(SandboxError::Setting { name, value, min, max }) }
}
