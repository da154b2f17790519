//! Who of a plugin's deliveries may run, where runs that keep state overtake each other.
//!
//! Runs go side by side, and one whose reads were overtaken runs again. One that this befell a few times runs alone in its plugin's state:
//! it waits until no other run is under way, and no other begins before it is settled. So everybody gets there.

use oyez_model::{PluginName, Sequence, SubscriptionNumber};
use std::collections::{BTreeSet, HashMap};

/// Runs of one delivery that are overtaken before it runs alone.
pub(crate) const OVERTAKEN_MAX: u32 = 3;
/// Runs of one delivery that are overtaken before that counts as an attempt.
pub(crate) const OVERTAKEN_COUNTS: u32 = 100;

type Who = (SubscriptionNumber, Sequence);

/// The turns of all plugins that keep state; those where nothing runs or waits are not there.
#[derive(Debug, Default)]
pub(crate) struct Turns(HashMap<PluginName, Turn>);

#[derive(Debug, Default)]
struct Turn {
    running: usize,
    /// Runs alone just now.
    alone: Option<Who>,
    /// Are to run alone.
    wanted: BTreeSet<Who>,
    /// Subscriptions that found no turn, and are to be asked again.
    turned_away: BTreeSet<SubscriptionNumber>,
}

impl Turns {
    /// A delivery is to run alone from here on.
    pub(crate) fn want(&mut self, plugin: &PluginName, who: Who) {
        self.0.entry(plugin.clone()).or_default().wanted.insert(who);
    }

    /// Whether a delivery may begin now; if so, it has begun.
    pub(crate) fn begin(&mut self, plugin: &PluginName, who: Who) -> bool {
        let turn = self.0.entry(plugin.clone()).or_default();
        let may = if turn.wanted.is_empty() { turn.alone.is_none() } else { turn.running == 0 && turn.wanted.contains(&who) };
        if may {
            turn.alone = turn.wanted.remove(&who).then_some(who);
            turn.running += 1;
        } else {
            turn.turned_away.insert(who.0);
        }
        may
    }

    /// A run is over, and settled or void. Gives back who is to be asked again.
    pub(crate) fn end(&mut self, plugin: &PluginName, who: Who) -> BTreeSet<SubscriptionNumber> {
        let Some(turn) = self.0.get_mut(plugin) else { return BTreeSet::new() };
        turn.running -= 1;
        turn.alone.take_if(|alone| *alone == who);
        let asked = std::mem::take(&mut turn.turned_away);
        if turn.running == 0 && turn.wanted.is_empty() {
            self.0.remove(plugin);
        }
        asked
    }

    /// A subscription runs nothing more: nobody waits for it. Gives back who is to be asked again.
    pub(crate) fn leave(&mut self, plugin: &PluginName, number: SubscriptionNumber) -> BTreeSet<SubscriptionNumber> {
        let Some(turn) = self.0.get_mut(plugin) else { return BTreeSet::new() };
        turn.wanted.retain(|(who, _)| *who != number);
        std::mem::take(&mut turn.turned_away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_overtaken_too_often_runs_alone_and_the_others_after_it() {
        let plugin = PluginName::new("p").unwrap();
        let who = |n: u32, s: u64| (SubscriptionNumber(n), Sequence(s));
        let mut turns = Turns::default();
        assert!(turns.begin(&plugin, who(1, 1)) && turns.begin(&plugin, who(2, 1)));
        assert!(turns.end(&plugin, who(1, 1)).is_empty());
        turns.want(&plugin, who(1, 1));
        // Somebody else still runs.
        assert!(!turns.begin(&plugin, who(1, 1)) && !turns.begin(&plugin, who(3, 1)));
        assert_eq!(turns.end(&plugin, who(2, 1)), BTreeSet::from([SubscriptionNumber(1), SubscriptionNumber(3)]));
        assert!(!turns.begin(&plugin, who(3, 1)));
        assert!(turns.begin(&plugin, who(1, 1)));
        assert!(!turns.begin(&plugin, who(3, 1)), "the first one runs alone");
        assert_eq!(turns.end(&plugin, who(1, 1)), BTreeSet::from([SubscriptionNumber(3)]));
        assert!(turns.begin(&plugin, who(3, 1)));
        turns.want(&plugin, who(4, 1));
        assert!(!turns.begin(&plugin, who(5, 1)));
        assert_eq!(turns.leave(&plugin, SubscriptionNumber(4)), BTreeSet::from([SubscriptionNumber(5)]));
        assert!(turns.begin(&plugin, who(5, 1)));
    }
}
