//! What every call is given.

use crate::answers::Answers;
use crate::body::Bodies;
use crate::counts::Counts;
use crate::options::{HttpLimits, Watched};
use crate::serve::Places;
use oyez::Host;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// What every call is given.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) host: Host,
    /// As they are now.
    pub(crate) options: Watched,
    /// As they were at the start.
    pub(crate) limits: HttpLimits,
    /// Turns true when the server stops: streams end.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) bodies: Arc<Bodies>,
    pub(crate) answers: Arc<Answers>,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) places: Arc<Places>,
    pub(crate) counts: Arc<Counts>,
}

impl App {
    pub(crate) fn new(host: Host, options: Watched, stopping: watch::Receiver<bool>) -> Self {
        let limits = options.borrow().limits;
        Self {
            host,
            options,
            limits,
            stopping,
            bodies: Arc::new(Bodies::new(&limits)),
            answers: Arc::new(Answers::new(&limits)),
            requests: Arc::new(Semaphore::new(limits.requests)),
            streams: Arc::new(Semaphore::new(limits.streams)),
            places: Arc::new(Places::new(&limits)),
            counts: Arc::default(),
        }
    }
}
