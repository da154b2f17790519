//! Why a command ended without doing what it was asked: printed as `error[code]: message`.

use std::borrow::Cow;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a command gives back.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

const FAILED: u8 = 1;
const USAGE: u8 = 2;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
#[error("error[{code}]: {message}")]
pub(crate) struct Failure {
    code: Cow<'static, str>,
    message: String,
    /// The status that the process ends with.
    exit: u8,
}

impl Failure {
    /// It was asked rightly, and failed.
    pub(crate) fn failed(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), exit: FAILED }
    }

    /// It was asked wrongly.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self { exit: USAGE, ..Self::failed(code, message) }
    }

    /// Documented, and not built yet.
    pub(crate) fn not_yet(message: impl Into<String>) -> Self {
        Self::failed("not-yet", message)
    }

    /// Standard output does not take what we print. Whoever reads it may have had enough, as `head` has: that is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { code: "".into(), message: String::new(), exit: 0 };
        }
        Self::failed("output-failed", format!("standard output cannot be written: {error}"))
    }

    /// The same, with more said around its message.
    pub(crate) fn in_context(mut self, message: impl FnOnce(&str) -> String) -> Self {
        self.message = message(&self.message);
        self
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Says it on standard error; gives back the status to end with.
    pub(crate) fn report(&self) -> ExitCode {
        if self.exit != 0 {
            // Nobody may be left to tell.
            let _ = writeln!(io::stderr(), "{self}");
        }
        ExitCode::from(self.exit)
    }

    #[cfg(test)]
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }
}
