//! Why a host does not start, or does not take a subscriber.

use oyez_engine::ControlError;
use oyez_model::port::{LogError, ViewsError};
use oyez_model::{FilterError, NameError, PatchError};
use oyez_storage::DataDirError;

/// Why a host did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory cannot be had.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The views cannot be read.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// The machine gives no thread.
    #[error("no thread for the writer: {0}")]
    Thread(#[source] std::io::Error),
    /// A plugin folder, and nothing to run plugins with.
    #[error("there is a plugin folder and no sandbox: give the builder one, such as `Sandbox::builder().compile_in_process().build()?`")]
    NoSandbox,
    /// A subscriber was refused.
    #[error(transparent)]
    Subscribe(#[from] SubscribeError),
}

impl StartError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DataDir(error) => error.code(),
            Self::Log(LogError::NewerFormat { .. } | LogError::Unreadable { .. }) | Self::Views(ViewsError::NewerFormat { .. }) => "data-dir-newer",
            Self::Log(_) => "log-unreadable",
            Self::Views(_) => "views-unreadable",
            Self::Thread(_) => "no-thread",
            Self::NoSandbox => "no-sandbox",
            Self::Subscribe(error) => error.code(),
        }
    }
}

impl From<oyez_engine::OpenError> for StartError {
    fn from(error: oyez_engine::OpenError) -> Self {
        match error {
            oyez_engine::OpenError::Log(error) => Self::Log(error),
            oyez_engine::OpenError::Views(error) => Self::Views(error),
            oyez_engine::OpenError::Thread(error) => Self::Thread(error),
            _ => unreachable!("every way in which opening fails is named above"),
        }
    }
}

/// Why a subscriber was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A filter that is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A setting out of its bounds.
    #[error(transparent)]
    Setting(#[from] PatchError),
    /// Its epoch could not be written.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The log or the views could not be read for it.
    #[error("the subscription could not be taken up: {0}")]
    Read(String),
}

impl SubscribeError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "invalid-name",
            Self::Filter(error) => error.code(),
            Self::Setting(error) => error.code(),
            Self::Control(error) => error.code(),
            Self::Read(_) => "log-unreadable",
        }
    }
}

impl From<LogError> for SubscribeError {
    fn from(error: LogError) -> Self {
        Self::Read(error.to_string())
    }
}

impl From<ViewsError> for SubscribeError {
    fn from(error: ViewsError) -> Self {
        Self::Read(error.to_string())
    }
}
