//! What the server refused, by reason, and what it is doing: for the metrics.

use parking_lot::Mutex;
use std::collections::BTreeMap;

/// By reason, since the process began.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    problems: Mutex<BTreeMap<&'static str, u64>>,
    closed: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counts {
    /// A request was answered by an error.
    pub(crate) fn problem(&self, code: &'static str) {
        *self.problems.lock().entry(code).or_default() += 1;
    }

    /// A connection was ended by the server.
    pub(crate) fn closed(&self, reason: &'static str) {
        *self.closed.lock().entry(reason).or_default() += 1;
    }

    pub(crate) fn problems(&self) -> BTreeMap<&'static str, u64> {
        self.problems.lock().clone()
    }

    pub(crate) fn closings(&self) -> BTreeMap<&'static str, u64> {
        self.closed.lock().clone()
    }
}
