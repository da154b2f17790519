//! How a command fails: `error[code]: what, which value, which limit, what to do`.

use std::io;
use std::process::ExitCode;

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A command that did not do what it was asked to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It failed: exit status 1.
    Failed { code: String, message: String },
    /// It was called wrongly: exit status 2.
    Usage { code: &'static str, message: String },
    /// Whoever reads what we print has had enough: no failure at all.
    Unheard,
}

impl Failure {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Failed { code: code.into(), message: message.into() }
    }

    pub(crate) fn not_yet(what: &str) -> Self {
        Self::new("not-yet", format!("{what} is documented and not built yet"))
    }

    /// Says it, and gives back the exit status.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Unheard => ExitCode::SUCCESS,
            Self::Failed { code, message } => {
                eprintln!("error[{code}]: {message}");
                ExitCode::from(1)
            }
            Self::Usage { code, message } => {
                eprintln!("error[{code}]: {message}");
                ExitCode::from(2)
            }
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Unheard
        } else {
            Self::new("output-failed", format!("writing the output failed: {error}"))
        }
    }
}
