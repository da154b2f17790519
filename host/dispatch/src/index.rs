//! Who may want an event, by its type: so that a thousand subscriptions to other types cost nothing.

use oyez_model::{Epoch, SubscriptionNumber};
use std::collections::{BTreeSet, HashMap};

/// Subscriptions by the exact types that their epochs ask for; those that ask for none stand apart.
#[derive(Debug, Default)]
pub(crate) struct Index {
    types: HashMap<String, BTreeSet<SubscriptionNumber>>,
    any: BTreeSet<SubscriptionNumber>,
}

impl Index {
    /// Files a subscription under every type of its epochs; what it was filed under before no longer counts.
    pub(crate) fn put(&mut self, number: SubscriptionNumber, epochs: &[Epoch]) {
        self.remove(number);
        for epoch in epochs {
            match epoch.filters.iter().find_map(|filter| filter.exact_type()) {
                Some(ty) => self.types.entry(ty.to_owned()).or_default().insert(number),
                None => self.any.insert(number),
            };
        }
    }

    pub(crate) fn remove(&mut self, number: SubscriptionNumber) {
        self.any.remove(&number);
        self.types.retain(|_, numbers| {
            numbers.remove(&number);
            !numbers.is_empty()
        });
    }

    /// Those that may want an event of this type, each once, in order.
    pub(crate) fn candidates(&self, ty: &str) -> Vec<SubscriptionNumber> {
        let mut numbers: Vec<_> = self.types.get(ty).into_iter().flatten().chain(&self.any).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
