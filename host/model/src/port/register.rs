//! The register of starts: what runs just now, so that a process that ends without warning leaves word of it.

use crate::{Sequence, SubscriptionNumber};
use std::fmt::Debug;

/// An attempt that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// To whom.
    pub number: SubscriptionNumber,
    /// Of which event.
    pub sequence: Sequence,
    /// Counted from 0.
    pub round: u32,
    /// Counted from 1 within the round.
    pub attempt: u32,
    /// An earlier attempt ran when the host ended without warning, so that this one runs apart from others of its kind.
    pub suspect: bool,
}

/// Where a start stands in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot(pub u32);

/// The register of starts.
///
/// Laws (one suite tests them; a register that keeps nothing finds nothing):
/// 1. What began and did not end is found by the next process, if this one is killed at any moment: a kill, not a power cut, for nothing
///    is synced.
/// 2. What is found is there again for the process after, until it ends; meanwhile nobody is given its slot.
/// 3. It never fails: a start that cannot be noted is one that is not found.
/// 4. After `clear` nothing is found.
pub trait Register: Send + Sync + Debug {
    /// An attempt begins.
    fn begin(&self, started: Started) -> Slot;

    /// It is over.
    fn end(&self, slot: Slot);

    /// The process ends in order: nothing is to be found.
    fn clear(&self);
}
