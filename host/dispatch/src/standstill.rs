//! Plugins that stand still, and subscriptions that pass over: what is asked of them beside the way of an event.

use crate::dispatcher::Dispatcher;
use crate::quarantine::Quarantine;
use crate::subscriber::Subscriber;
use oyez_model::{PluginName, Sequence, SubscriptionNumber};

impl Dispatcher {
    /// A subscription is about to pass over what it has not taken up to a place: nothing is routed to it until it has. Gives back what it
    /// has taken, and which has no row.
    pub fn before_gap(&mut self, number: SubscriptionNumber, to: Sequence) -> Vec<Sequence> {
        let Some(subscriber) = self.subscribers.get_mut(&number) else { return Vec::new() };
        subscriber.held += 1;
        subscriber.taken(to)
    }

    /// It has passed over that; what it had taken has rows.
    pub fn after_gap(&mut self, number: SubscriptionNumber, to: Sequence, kept: &[Sequence]) {
        if let Some(subscriber) = self.subscribers.get_mut(&number) {
            subscriber.held = subscriber.held.saturating_sub(1);
            subscriber.passed(to, kept);
            self.touched.insert(number);
            self.read_wanted = true;
        }
    }

    /// A plugin runs nothing from here on, or goes on; what runs ends. Going on also ends a quarantine.
    pub fn pause(&mut self, plugin: &PluginName, paused: bool) {
        if !paused {
            self.breakers.reset(plugin);
        }
        self.subscribers.values_mut().filter(|subscriber| subscriber.id.plugin == *plugin).for_each(|subscriber| subscriber.paused = paused);
        self.touch(plugin);
    }

    /// Plugins that failed again and again, and are tried with one delivery now and then.
    pub fn quarantined(&self) -> impl Iterator<Item = (PluginName, Quarantine)> {
        self.breakers.held()
    }

    /// Whether nothing of a plugin runs or is on its way to the disk.
    #[must_use]
    pub fn is_still(&self, plugin: &PluginName) -> bool {
        self.subscribers.values().filter(|subscriber| subscriber.id.plugin == *plugin).all(Subscriber::is_still)
    }

    /// What a subscription has taken, and which has no row.
    #[must_use]
    pub fn taken(&self, number: SubscriptionNumber) -> Vec<Sequence> {
        self.subscribers.get(&number).map(|subscriber| subscriber.taken(Sequence(u64::MAX))).unwrap_or_default()
    }

    /// Whether a rebuild's subscription has been through all that is for it; one that is not here has not.
    #[must_use]
    pub fn is_over(&self, number: SubscriptionNumber) -> bool {
        self.subscribers.get(&number).is_some_and(Subscriber::is_over)
    }
}
