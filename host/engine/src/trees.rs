//! How much each causation tree has come to.
//!
//! Each emission carries its number in its tree, so that the count needs no view of its own: a tree that is forgotten here, at a
//! restart or because many others were busier, goes on from the number of the event whose delivery emits next.

use oyez_model::{Recorded, Sequence};
use std::collections::HashMap;

/// Trees that are remembered before the ones that have not moved since as many others did are forgotten.
const TREES_MAX: usize = 32 << 10;

/// Emissions by the root of their tree, in two generations: what is not asked for while the young one fills is forgotten with the old.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    young: HashMap<Sequence, u64>,
    old: HashMap<Sequence, u64>,
}

impl Trees {
    /// Counts what a delivery of this event emits; gives back how many emissions the tree had before.
    pub(crate) fn grow(&mut self, parent: &Recorded, emissions: usize) -> u64 {
        let (root, told) = (parent.root(), parent.lineage.map_or(0, |lineage| lineage.nth));
        if emissions == 0 {
            return told;
        }
        if self.young.len() >= TREES_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        let known = self.young.get(&root).or_else(|| self.old.get(&root)).copied().unwrap_or_default();
        let before = known.max(told);
        self.young.insert(root, before + emissions as u64);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_event::Event;
    use oyez_model::{Lineage, Timestamp};

    fn recorded(sequence: u64, lineage: Option<(u64, u64)>) -> Recorded {
        let lineage = lineage.map(|(root, nth)| Lineage { root: Sequence(root), parent: Sequence(root), depth: 1, nth });
        Recorded { sequence: Sequence(sequence), accepted: Timestamp::default(), lineage, event: Event::new("1", "/a", "b").unwrap() }
    }

    #[test]
    fn a_tree_that_was_forgotten_goes_on_from_the_event_that_emits_next() {
        let mut trees = Trees::default();
        assert_eq!(trees.grow(&recorded(1, None), 3), 0);
        assert_eq!(trees.grow(&recorded(3, Some((1, 1))), 2), 3);
        for root in 0..2 * TREES_MAX as u64 {
            trees.grow(&recorded(10 + root, None), 1);
        }
        assert!(trees.young.len() + trees.old.len() <= 2 * TREES_MAX);
        assert_eq!(trees.grow(&recorded(5, Some((1, 5))), 1), 5);
        assert_eq!(trees.grow(&recorded(4, Some((1, 4))), 1), 6);
    }
}
