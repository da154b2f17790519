//! What all attempts together may hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes that are left for all.
#[derive(Debug)]
pub(crate) struct Budget {
    total: usize,
    left: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Self { total: bytes, left: AtomicUsize::new(bytes) })
    }

    /// All of it, whoever holds it.
    pub(crate) fn total(&self) -> usize {
        self.total
    }
}

/// What one attempt holds of a budget; given back at drop.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Charge {
    /// Takes so many bytes, or nothing if fewer are left.
    pub(crate) fn take(budget: &Arc<Budget>, bytes: usize) -> Option<Self> {
        let mut charge = Self { budget: budget.clone(), bytes: 0 };
        charge.grow(bytes).then_some(charge)
    }

    /// Takes so many more, or says no and stays as it is.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let taken = self.budget.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(more)).is_ok();
        self.bytes += if taken { more } else { 0 };
        taken
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_comes_back_whole() {
        let budget = Budget::new(100);
        let mut charge = Charge::take(&budget, 60).unwrap();
        assert!(Charge::take(&budget, 41).is_none());
        assert!(!charge.grow(41) && charge.grow(40));
        drop(charge);
        assert_eq!(budget.left.load(Relaxed), budget.total());
    }
}
