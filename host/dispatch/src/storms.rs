//! Causation trees that are past their budget: said once each, so that a storm does not go on in the logs.

use oyez_model::{Excess, Recorded, Sequence};
use std::collections::BTreeSet;

/// Roots that are remembered; of more than these one may be named again.
const ROOTS_MAX: usize = 1_024;

/// The storms of this process.
#[derive(Debug, Default)]
pub(crate) struct Storms(BTreeSet<Sequence>);

impl Storms {
    /// An event is past the budget of its tree.
    pub(crate) fn notice(&mut self, recorded: &Recorded, excess: Excess) {
        let root = recorded.root();
        if !self.0.insert(root) {
            return;
        }
        if self.0.len() > ROOTS_MAX {
            self.0.pop_first();
        }
        tracing::error!(
            %root, sequence = %recorded.sequence, ty = recorded.event.ty(), source = recorded.event.source(), %excess,
            "a storm: what this event set in motion is past its budget; deliveries of what else it emits are parked (`oyez parked list`)"
        );
    }
}
