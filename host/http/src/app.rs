//! What every call is given.

use oyez::Host;
use tokio::sync::watch;

/// What every call is given.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) host: Host,
    /// Turns true when the server stops: streams end.
    pub(crate) stopping: watch::Receiver<bool>,
}
