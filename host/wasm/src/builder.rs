//! What an embedder chooses of a sandbox.

use crate::host::Host;
use crate::{Sandbox, SandboxError};
use std::num::NonZeroUsize;
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
    in_process: bool,
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
        Ok(Sandbox(Arc::new(Host::start(self.slots, self.threads, self.memory)?)))
    }
}

fn within(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), SandboxError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(SandboxError::Setting { name, value, min, max }) }
}
