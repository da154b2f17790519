//! What the store, the beat and whoever waits for a call look at together.

use super::meter::Meter;
use super::output::Output;
use super::terms::Terms;
use super::timeline::Timeline;
use super::transaction::Transaction;
use crate::admission::Permit;
use crate::outgoing::Ledger;
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
    /// What it read and wrote of its plugin's state; nothing where that is not granted.
    pub(crate) state: Mutex<Option<Transaction>>,
    /// What it used of the network.
    pub(crate) http: Ledger,
    /// Its slot, and what it holds of the host's memory.
    pub(crate) permit: Mutex<Permit>,
}

impl Shared {
    pub(crate) fn new(terms: &Terms, permit: Permit) -> Self {
        let state = terms.state.clone().map(Transaction::new);
        Self {
            meter: Meter::new(&terms.limits),
            time: if terms.grants.clock { Timeline::real() } else { Timeline::new(terms.begins) },
            http: Ledger::new(&terms.limits),
            output: Mutex::default(),
            state: Mutex::new(state),
            permit: Mutex::new(permit),
        }
    }
}
