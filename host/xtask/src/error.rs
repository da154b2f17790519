//! What can go wrong in a task: each error names the thing, and the way out.

use std::path::{Path, PathBuf};

/// The result of a task.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in a task.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// A task that is in no table.
    #[error("there is no task `{name}`: use one of {known}")]
    UnknownTask { name: String, known: String },
    /// Arguments that a task does not take.
    #[error("`{argument}` is no argument of `{task}`: see `cargo xtask {task} --help`")]
    UnknownArgument { task: &'static str, argument: String },
    /// A variable of the environment that the task cannot do without.
    #[error("{variable} is not set, so there is no place for the cache: set it, or XDG_CACHE_HOME")]
    NoHome { variable: &'static str },
    /// A file or folder that could not be read or written.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    /// A program that is not there.
    #[error("`{program}` could not be started ({source}): install it, and have it in PATH")]
    NoProgram { program: String, source: std::io::Error },
    /// A program that ended badly.
    #[error("`{command}` ended with {status}{}", said(stderr))]
    Failed { command: String, status: std::process::ExitStatus, stderr: String },
    /// A program that took too long.
    #[error("`{command}` was stopped after {seconds} s")]
    TooLong { command: String, seconds: u64 },
    /// Text of a program that is not what we know.
    #[error("`{command}` printed what nobody understands here: {what}")]
    Unreadable { command: String, what: String },
    /// Every way to a standard library for Wasm is closed.
    #[error(
        "there is no Rust standard library for {target}, and none can be had: {why}. Run `rustup target add {target}`, or give the address of a Debian mirror in OYEZ_DEBIAN_MIRROR"
    )]
    NoStd { target: &'static str, why: String },
    /// A download that is not what it should be.
    #[error("{what} has the SHA-256 {found}, not {expected}: it was changed on its way, or at its source; try another mirror by OYEZ_DEBIAN_MIRROR")]
    Checksum { what: String, expected: String, found: String },
    /// A signature that does not hold, or cannot be checked.
    #[error(
        "the index of the suite {suite} has no good signature ({why}): install `gpgv` and `debian-archive-keyring`, or try another mirror by OYEZ_DEBIAN_MIRROR"
    )]
    Signature { suite: String, why: String },
    /// A host that did not start.
    #[error("the host did not start: see {}", log.display())]
    NotStarted { log: PathBuf },
    /// The running host said no, or nothing.
    #[error("{what}: {source}")]
    Http { what: String, source: Box<ureq::Error> },
    /// Something that should have happened within a minute.
    #[error("waited a minute for {what}: see {}", log.display())]
    NeverCame { what: String, log: PathBuf },
    /// A build that made something else.
    #[error("{} is no component: its toolchain linked a core module, so `wasm-component-ld` was not used", path.display())]
    NoComponent { path: PathBuf },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(": {stderr}") }
}

impl Error {
    /// What `std::io` says of a path.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Io { path: path.to_owned(), source }
    }

    /// A stable name for it.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::UnknownTask { .. } => "unknown-task",
            Self::UnknownArgument { .. } => "unknown-argument",
            Self::NoHome { .. } => "no-home",
            Self::Io { .. } => "io",
            Self::NoProgram { .. } => "no-program",
            Self::Failed { .. } => "program-failed",
            Self::TooLong { .. } => "too-long",
            Self::Unreadable { .. } => "unreadable",
            Self::NoStd { .. } => "no-std",
            Self::Checksum { .. } => "checksum",
            Self::Signature { .. } => "signature",
            Self::NotStarted { .. } => "not-started",
            Self::Http { .. } => "http",
            Self::NeverCame { .. } => "never-came",
            Self::NoComponent { .. } => "no-component",
        }
    }

    /// Whether the command line was wrong, not the world.
    pub(crate) const fn is_usage(&self) -> bool {
        matches!(self, Self::UnknownTask { .. } | Self::UnknownArgument { .. })
    }
}
