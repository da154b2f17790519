//! Why a sandbox was not built.

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
