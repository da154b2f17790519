//! Why a sandbox was not built.

use std::path::PathBuf;

/// Why a sandbox was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Nobody said where plugins are compiled.
    #[error("nobody said where plugins are compiled: call `compile_in_child(PATH)` with the path of an `oyez`, or `compile_in_process()`")]
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
    /// The compiler child cannot be run.
    #[error("the compiler child `{}` cannot be run: {source}; give the path of an `oyez` of this version", program.display())]
    CompilerMissing {
        /// What was to be run.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The compiler child is of another version, or no compiler child.
    #[error("`{} compile-worker` does not compile for this host: it is of another version, or something else; give the path of an `oyez` of this version", program.display())]
    CompilerDiffers {
        /// What was run.
        program: PathBuf,
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
            Self::NoCompiler | Self::CompilerMissing { .. } | Self::CompilerDiffers { .. } => "no-compiler",
            Self::Setting { .. } => "invalid-setting",
            Self::Engine(_) | Self::Threads(_) => "sandbox-failed",
        }
    }
}
