//! What the store, the beat and whoever waits for a call look at together.

use super::meter::Meter;
use super::output::Output;
use super::timeline::Timeline;
use oyez_model::{Limits, Timestamp};
use parking_lot::Mutex;

/// Of one call.
#[derive(Debug)]
pub(crate) struct Shared {
    /// What it used.
    pub(crate) meter: Meter,
    /// Its clocks.
    pub(crate) time: Timeline,
    /// What it said.
    pub(crate) output: Mutex<Output>,
}

impl Shared {
    pub(crate) fn new(limits: &Limits, begins: Timestamp) -> Self {
        Self { meter: Meter::new(limits), time: Timeline::new(begins), output: Mutex::default() }
    }
}
