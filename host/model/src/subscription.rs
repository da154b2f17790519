//! What a subscription is, and the stretches of the log over which it stays the same.

use crate::{Filter, OnDead, OnReturn, Ordering, Retry, Sequence, Start, SubscriptionName};
use minicbor::{Decode, Encode};
use oyez_event::Event;

/// A subscription with all that decides how its deliveries run: `describe`, then the operator's `.toml` over it.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionSpec {
    /// Its own name.
    pub name: SubscriptionName,
    /// All must hold; none takes every event.
    pub filters: Vec<Filter>,
    /// Default = by key.
    pub ordering: Ordering,
    /// Attempts that run at once, at most. Default = 8.
    pub concurrency: usize,
    /// Where it begins if it was never seen. Default = new.
    pub start: Start,
    /// Default = resume.
    pub on_return: OnReturn,
    /// Default = five attempts, exponential from 1 s to 5 min.
    pub retry: Retry,
    /// Default = continue.
    pub on_dead: OnDead,
}

impl SubscriptionSpec {
    /// A subscription with these filters and every default.
    #[must_use]
    pub fn new(name: SubscriptionName, filters: Vec<Filter>) -> Self {
        Self {
            name,
            filters,
            ordering: Ordering::default(),
            concurrency: 8,
            start: Start::default(),
            on_return: OnReturn::default(),
            retry: Retry::default(),
            on_dead: OnDead::default(),
        }
    }
}

/// A stretch of the log over which a subscription's filters and order stay the same. It ends where the next begins.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Epoch {
    /// The sequence of the control frame that began it: events above it are matched by it.
    #[n(0)]
    pub begins: Sequence,
    /// All must hold; none takes every event.
    #[n(1)]
    pub filters: Vec<Filter>,
    /// Which deliveries wait for each other.
    #[n(2)]
    pub ordering: Ordering,
}

impl Epoch {
    /// Whether this epoch takes the event.
    #[must_use]
    pub fn takes(&self, event: &Event) -> bool {
        self.filters.iter().all(|filter| filter.matches(event))
    }

    /// Whether a specification says the same as this epoch, so that no new one begins.
    #[must_use]
    pub fn agrees(&self, spec: &SubscriptionSpec) -> bool {
        self.filters == spec.filters && self.ordering == spec.ordering
    }
}
