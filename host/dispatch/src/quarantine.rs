//! Plugins that fail again and again: held back, and tried with one delivery at a time, ever more seldom, until one completes.
//!
//! A circuit breaker (M. Nygard, *Release It!*): what waits is kept, and dies no thousand deaths while a plugin's own trouble lasts.
//! Not kept over a restart: the next process finds out anew.

use oyez_model::{PluginName, Sequence, SubscriptionNumber, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// Attempts that fail in a row, of any of a plugin's deliveries, before it is held back: so many at once,
const FAILURES_MAX: u32 = 1_000;
/// or so many
const FAILURES_LASTING: u32 = 100;
/// over so long.
const LASTING: Duration = Duration::from_mins(5);
/// Deliveries that these must be of: one that fails for ever is the delivery's trouble, not the plugin's.
const DELIVERIES_MIN: u32 = 10;
/// How long it is until the first probe; each that fails doubles it.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_mins(5);

type Who = (SubscriptionNumber, Sequence);

/// A plugin that is held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// Attempts that failed in a row.
    pub failures: u32,
    /// How the last one did.
    pub reason: String,
    /// When the next delivery is tried, if none is just now.
    pub until: Timestamp,
}

/// What follows for a plugin from the end of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing.
    Same,
    /// It is held back until then.
    Held(Timestamp),
    /// It runs freely again.
    Freed,
}

/// All plugins that failed last.
#[derive(Debug, Default)]
pub(crate) struct Breakers(HashMap<PluginName, Breaker>);

#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    /// When the first of these was.
    since: Timestamp,
    deliveries: u32,
    last: Option<Who>,
    reason: String,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    until: Timestamp,
    wait: Duration,
    /// The time has come for a probe.
    due: bool,
    probing: Option<Who>,
}

impl Breaker {
    fn is_hopeless(&self, now: Timestamp) -> bool {
        let lasts = self.failures >= FAILURES_LASTING && now.since(self.since) >= LASTING;
        self.deliveries >= DELIVERIES_MIN && (lasts || self.failures >= FAILURES_MAX)
    }
}

impl Breakers {
    fn open(&mut self, plugin: &PluginName) -> Option<&mut Open> {
        self.0.get_mut(plugin)?.open.as_mut()
    }

    /// Whether a delivery may begin; if its plugin is held back it is the probe then.
    pub(crate) fn begin(&mut self, plugin: &PluginName, who: Who) -> bool {
        let Some(open) = self.open(plugin) else { return true };
        let may = std::mem::take(&mut open.due);
        if may {
            open.probing = Some(who);
        }
        may
    }

    /// An attempt is settled; `failure` says how it failed, if it did.
    pub(crate) fn ended(&mut self, plugin: &PluginName, who: Who, failure: Option<String>, now: Timestamp) -> Turn {
        let Some(reason) = failure else {
            let freed = self.0.remove(plugin).is_some_and(|breaker| breaker.open.is_some());
            return if freed { Turn::Freed } else { Turn::Same };
        };
        let breaker = self.0.entry(plugin.clone()).or_insert_with(|| Breaker { since: now, ..Breaker::default() });
        breaker.failures = breaker.failures.saturating_add(1);
        breaker.deliveries += u32::from(breaker.last.replace(who) != Some(who));
        breaker.reason = reason;
        let wait = match &breaker.open {
            None if breaker.is_hopeless(now) => WAIT_MIN,
            Some(open) if open.probing == Some(who) => (open.wait * 2).min(WAIT_MAX),
            _ => return Turn::Same,
        };
        let until = now.after(wait);
        breaker.open = Some(Open { until, wait, due: false, probing: None });
        Turn::Held(until)
    }

    /// A run came to nothing: if it was the probe, the next one is.
    pub(crate) fn void(&mut self, plugin: &PluginName, who: Who) {
        if let Some(open) = self.open(plugin)
            && open.probing.take_if(|probing| *probing == who).is_some()
        {
            open.due = true;
        }
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, plugin: &PluginName, now: Timestamp) {
        if let Some(open) = self.open(plugin) {
            open.due |= open.probing.is_none() && open.until <= now;
        }
    }

    /// Another build or other settings, or somebody's word: it begins anew.
    pub(crate) fn reset(&mut self, plugin: &PluginName) {
        self.0.remove(plugin);
    }

    /// Those that are held back.
    pub(crate) fn held(&self) -> impl Iterator<Item = (PluginName, Quarantine)> {
        self.0.iter().filter_map(|(plugin, breaker)| {
            let until = breaker.open.as_ref()?.until;
            Some((plugin.clone(), Quarantine { failures: breaker.failures, reason: breaker.reason.clone(), until }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_fails_again_and_again_is_probed_ever_more_seldom_until_one_completes() {
        let plugin = PluginName::new("p").unwrap();
        let who = |n: u64| (SubscriptionNumber(1), Sequence(n));
        let at = |seconds: u64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let failed = || Some("trapped".to_owned());
        let mut breakers = Breakers::default();
        // One delivery that fails for ever holds nobody back.
        for _ in 0..2 * FAILURES_MAX {
            assert_eq!(breakers.ended(&plugin, who(1), failed(), at(0)), Turn::Same);
        }
        let turns: Vec<_> = (2..=10).map(|n| breakers.ended(&plugin, who(n), failed(), at(0))).collect();
        assert_eq!(turns.iter().position(|turn| *turn != Turn::Same), Some(8));
        assert_eq!(turns[8], Turn::Held(at(1)));
        assert!(!breakers.begin(&plugin, who(11)));
        breakers.wake(&plugin, at(1));
        assert!(breakers.begin(&plugin, who(11)) && !breakers.begin(&plugin, who(12)), "one at a time");
        // One that was under way before counts, and moves nothing.
        assert_eq!(breakers.ended(&plugin, who(9), failed(), at(1)), Turn::Same);
        breakers.void(&plugin, who(11));
        assert!(breakers.begin(&plugin, who(12)));
        assert_eq!(breakers.ended(&plugin, who(12), failed(), at(2)), Turn::Held(at(4)));
        breakers.wake(&plugin, at(3));
        assert!(!breakers.begin(&plugin, who(12)));
        assert_eq!(breakers.held().map(|(_, held)| held.until).collect::<Vec<_>>(), [at(4)]);
        breakers.wake(&plugin, at(4));
        assert!(breakers.begin(&plugin, who(12)));
        assert_eq!(breakers.ended(&plugin, who(12), None, at(4)), Turn::Freed);
        assert!(breakers.begin(&plugin, who(13)) && breakers.held().next().is_none());
        // Fewer are enough if they go on for long.
        let slow: Vec<_> = (0..100).map(|n| breakers.ended(&plugin, who(n), failed(), at(10 + 4 * n))).collect();
        assert_eq!(slow.iter().position(|turn| *turn != Turn::Same), Some(99));
    }
}
