//! How fast a plugin's runs begin while there are so many of them that the host is late for others.
//!
//! The guests' executor shares out what plugins use of the processor. What the host itself does for a run (reads it, records it, tells what
//! it emitted) is nobody's, and a plugin with very many short ones, a storm or a backlog, makes all others wait behind them. So while
//! settlements are taken up late, plugins that begin many runs beside one that begins few are slowed: at once, and down to a rate that hurts
//! nobody. From there they get more by the curve of CUBIC (RFC 9438, section 4.2): fast at first, hardly more for long about where the host
//! was late the last time, and then ever faster, to find out what can be had by now; so that most of the time passes below what hurts. One that
//! comes to others begins on the flat part, since what it is about to do nobody knows. A plugin that is alone runs as fast as it can.
//!
//! Not kept over a restart: the next process finds out anew.

use oyez_model::{PluginName, SubscriptionNumber, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Settlements that are taken up later than this, on average, are late.
const LATE: Duration = Duration::from_micros(300);
/// Runs a second that every plugin may begin.
const RATE_MIN: u32 = 500;
/// Runs a second of one that comes to others.
const RATE_FIRST: u32 = 1_000;
/// As many as it likes, where no host could do more.
const RATE_MAX: u32 = 1_000_000;
/// Slowed to half, it has again what it had after this long; half more after twice, five times as many after three times this long.
const PLATEAU_AFTER: Duration = Duration::from_secs(10);
/// Whoever is slowed begins this many times the runs of some other plugin,
const MANY: u32 = 8;
/// which began one within this long.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Between two looks there is this long at least.
const STRETCH_MIN: Duration = Duration::from_millis(25);
/// A longer one counts as this: the machine slept, or its clock was set.
const STRETCH_MAX: Duration = Duration::from_secs(1);
/// What begins later than it might have, since timers are late too, is made up for as far back as this.
const SLACK: Duration = Duration::from_millis(5);

/// The plugins that began runs lately.
#[derive(Debug, Default)]
pub(crate) struct Paces {
    plugins: HashMap<PluginName, Pace>,
    looked: Timestamp,
}

#[derive(Debug)]
struct Pace {
    /// Runs that began since the last look.
    begun: u32,
    /// When the last one did.
    last: Timestamp,
    /// Whether it was there at a look.
    looked_at: bool,
    slowed: Option<Slowed>,
}

#[derive(Debug)]
struct Slowed {
    /// Runs a second at which the host was late, or may soon be.
    plateau: u32,
    /// For how long nothing was late. Counted by looks, so that no clock that is set back takes anything from it.
    calm: Duration,
    /// When the next may begin.
    next: Timestamp,
    /// Who asked too early; a timer is set for them.
    waiting: BTreeSet<SubscriptionNumber>,
}

impl Slowed {
    /// To so many runs a second, and for long to hardly more.
    fn to(plateau: u32, now: Timestamp) -> Self {
        Self { plateau: plateau.max(RATE_MIN), calm: PLATEAU_AFTER, next: now, waiting: BTreeSet::new() }
    }

    /// To half of what it had.
    fn halve(&mut self, had: u32) {
        (self.plateau, self.calm) = (had.min(self.rate()), Duration::ZERO);
    }

    /// Runs a second. In thousandths of [`PLATEAU_AFTER`] from the plateau, with `x` for them: as many as there, and the half of x³ more.
    fn rate(&self) -> u32 {
        let thousandths = i128::try_from(self.calm.as_millis() * 1_000 / PLATEAU_AFTER.as_millis()).unwrap_or(i128::MAX);
        let x = thousandths.min(100_000) - 1_000;
        let rate = i128::from(self.plateau) * (2_000_000_000 + x.pow(3)) / 2_000_000_000;
        u32::try_from(rate).unwrap_or(RATE_MAX).clamp(RATE_MIN, RATE_MAX)
    }

    fn gap(&self) -> Duration {
        Duration::from_secs(1) / self.rate()
    }
}

/// Not yet: and the timer that is to be set, if there is none.
pub(crate) type TooEarly = Option<Timestamp>;

impl Paces {
    /// Whether a run may begin now.
    ///
    /// # Errors
    /// Not yet: [`Self::wake`] says who asked meanwhile.
    pub(crate) fn may(&mut self, plugin: &PluginName, number: SubscriptionNumber, now: Timestamp) -> Result<(), TooEarly> {
        let Some(slowed) = self.plugins.get_mut(plugin).and_then(|pace| pace.slowed.as_mut()) else { return Ok(()) };
        // A clock that was set back never lengthens a wait.
        slowed.next = slowed.next.min(now.after(slowed.gap()));
        if slowed.next <= now {
            return Ok(());
        }
        let first = slowed.waiting.is_empty();
        slowed.waiting.insert(number);
        Err(first.then_some(slowed.next))
    }

    /// A run begins.
    pub(crate) fn begin(&mut self, plugin: &PluginName, now: Timestamp) {
        let pace = match self.plugins.get_mut(plugin) {
            Some(pace) => pace,
            None => {
                // Those that begin together, as all do when a host starts, come to nobody.
                let comes_to_others = self.plugins.values().any(|pace| pace.looked_at);
                let slowed = comes_to_others.then(|| Slowed::to(RATE_FIRST, now));
                self.plugins.entry(plugin.clone()).or_insert(Pace { begun: 0, last: now, looked_at: false, slowed })
            }
        };
        pace.begun = pace.begun.saturating_add(1);
        pace.last = now;
        if let Some(slowed) = &mut pace.slowed {
            let earliest = Timestamp::from_nanos(now.nanos().saturating_sub(u64::try_from(SLACK.as_nanos()).unwrap_or(u64::MAX)));
            slowed.next = slowed.next.max(earliest).after(slowed.gap());
        }
    }

    /// The time of a timer has come. Gives back who waits for it.
    pub(crate) fn wake(&mut self, plugin: &PluginName) -> BTreeSet<SubscriptionNumber> {
        let slowed = self.plugins.get_mut(plugin).and_then(|pace| pace.slowed.as_mut());
        slowed.map(|slowed| std::mem::take(&mut slowed.waiting)).unwrap_or_default()
    }

    /// Those that are slowed, and how many runs a second they may begin.
    pub(crate) fn rates(&self) -> impl Iterator<Item = (PluginName, u32)> {
        self.plugins.iter().filter_map(|(plugin, pace)| Some((plugin.clone(), pace.slowed.as_ref()?.rate())))
    }

    /// Looks at how late settlements were taken up on average since the last look. Gives back who waited, and need not any more.
    pub(crate) fn look(&mut self, late: Duration, now: Timestamp) -> BTreeSet<SubscriptionNumber> {
        let stretch = now.since(self.looked);
        if stretch < STRETCH_MIN && now >= self.looked {
            return BTreeSet::new();
        }
        self.looked = now;
        self.plugins.retain(|_, pace| now.since(pace.last) < REMEMBERED || pace.slowed.as_ref().is_some_and(|slowed| !slowed.waiting.is_empty()));
        let least = self.plugins.values().map(|pace| pace.begun).min().unwrap_or_default();
        let (alone, mut freed) = (self.plugins.len() < 2, BTreeSet::new());
        for (plugin, pace) in &mut self.plugins {
            let begun = std::mem::take(&mut pace.begun);
            pace.looked_at = true;
            let rate = u32::try_from(u128::from(begun) * 1_000_000_000 / stretch.max(STRETCH_MIN).as_nanos()).unwrap_or(u32::MAX);
            if late > LATE && begun > least.saturating_mul(MANY) && rate > RATE_MIN {
                tracing::debug!(%plugin, rate, ?late, "so many runs that the host is late for others: slowed");
                match &mut pace.slowed {
                    Some(slowed) => slowed.halve(rate),
                    // As fast as it can is far above what it should.
                    None => pace.slowed = Some(Slowed::to(rate / 4, now)),
                }
            } else if late <= LATE
                && let Some(slowed) = &mut pace.slowed
            {
                slowed.calm += stretch.min(STRETCH_MAX);
            }
            if let Some(free) = pace.slowed.take_if(|slowed| alone || slowed.rate() >= RATE_MAX) {
                freed.extend(free.waiting);
            }
        }
        freed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: SubscriptionNumber = SubscriptionNumber(1);
    const IN_TIME: Duration = Duration::from_micros(100);
    const TOO_LATE: Duration = Duration::from_millis(2);

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_nanos((1_000 + millis) * 1_000_000)
    }

    /// What begins in a tenth of a second by one that always has more, asked at each millisecond.
    fn tenth(paces: &mut Paces, plugin: &PluginName, from: u64, most: u32) -> u32 {
        let mut begun = 0;
        for millis in from..from + 100 {
            while begun < most && paces.may(plugin, NUMBER, at(millis)).is_ok() {
                paces.begin(plugin, at(millis));
                begun += 1;
            }
            paces.wake(plugin);
        }
        begun
    }

    #[test]
    fn one_with_many_runs_is_slowed_beside_one_with_few_and_let_go_of_again() {
        let (storm, other) = (PluginName::new("storm").unwrap(), PluginName::new("other").unwrap());
        let mut paces = Paces::default();
        paces.look(IN_TIME, at(0));
        let mut rates = Vec::new();
        for round in 0..6 {
            rates.push(tenth(&mut paces, &storm, round * 100, 1_000));
            paces.begin(&other, at(round * 100 + 99));
            paces.look(TOO_LATE, at(round * 100 + 100));
        }
        assert_eq!(rates[0], 1_000);
        // To a quarter, then to half, and never below what everybody may begin.
        let about = |round: usize, begun: u32| (begun - 2..=begun + 13).contains(&rates[round]);
        assert!(about(1, 250) && about(2, 125) && about(3, 62) && about(4, 50) && about(5, 50), "{rates:?}");
        assert_eq!(tenth(&mut paces, &other, 600, 30), 30, "the other one is not");
        // In time again: more and more, until it has all that it wants.
        paces.look(IN_TIME, at(700));
        let more = tenth(&mut paces, &storm, 700, 1_000);
        assert!((50..=54).contains(&more), "{more}");
        let mut all = |round: u64| {
            let begun = tenth(&mut paces, &storm, 800 + round * 100, 1_000);
            paces.begin(&other, at(800 + round * 100));
            paces.look(IN_TIME, at(900 + round * 100));
            begun == 1_000
        };
        // Sixteen times the plateau of 625, each x a hundred rounds.
        let rounds = (0..).take_while(|round| !all(*round)).count();
        assert!((400..440).contains(&rounds), "{rounds}");
    }

    #[test]
    fn one_that_comes_to_others_begins_slowly_and_is_free_when_they_are_gone() {
        let (storm, other) = (PluginName::new("storm").unwrap(), PluginName::new("other").unwrap());
        let mut paces = Paces::default();
        paces.look(IN_TIME, at(0));
        paces.begin(&other, at(0));
        paces.look(IN_TIME, at(50));
        let first = tenth(&mut paces, &storm, 50, 1_000);
        assert!((100..110).contains(&first), "{first}");
        for round in 2..=101 {
            tenth(&mut paces, &storm, round * 100, 1_000);
            paces.look(TOO_LATE, at(round * 100 + 100));
        }
        assert_eq!(tenth(&mut paces, &storm, 10_200, 1_000), 1_000);
    }

    #[test]
    fn those_that_begin_together_are_not_slowed() {
        let (one, two) = (PluginName::new("one").unwrap(), PluginName::new("two").unwrap());
        let mut paces = Paces::default();
        paces.look(IN_TIME, at(0));
        assert_eq!([tenth(&mut paces, &one, 1, 500), tenth(&mut paces, &two, 1, 500)], [500, 500]);
    }

    #[test]
    fn who_is_alone_or_among_its_like_is_not_slowed() {
        let (one, two) = (PluginName::new("one").unwrap(), PluginName::new("two").unwrap());
        let mut paces = Paces::default();
        paces.look(IN_TIME, at(0));
        for round in 0..5 {
            assert_eq!(tenth(&mut paces, &one, round * 100, 1_000), 1_000);
            paces.look(TOO_LATE, at(round * 100 + 100));
        }
        for round in 5..10 {
            assert_eq!(tenth(&mut paces, &one, round * 100, 500), 500);
            assert_eq!(tenth(&mut paces, &two, round * 100, 90), 90);
            paces.look(TOO_LATE, at(round * 100 + 100));
        }
    }

    #[test]
    fn who_asks_too_early_is_told_once_when_to_come_and_a_clock_set_back_lets_nobody_wait() {
        let (storm, other) = (PluginName::new("storm").unwrap(), PluginName::new("other").unwrap());
        let mut paces = Paces::default();
        paces.look(IN_TIME, at(0));
        tenth(&mut paces, &storm, 0, 1_000);
        paces.begin(&other, at(0));
        paces.look(TOO_LATE, at(100));
        while paces.may(&storm, NUMBER, at(100)).is_ok() {
            paces.begin(&storm, at(100));
        }
        paces.wake(&storm);
        let due = paces.may(&storm, NUMBER, at(100)).unwrap_err().expect("nobody set it");
        assert_eq!(paces.may(&storm, SubscriptionNumber(2), at(100)), Err(None));
        assert_eq!(paces.wake(&storm), BTreeSet::from([NUMBER, SubscriptionNumber(2)]));
        assert!(due > at(100) && paces.may(&storm, NUMBER, due).is_ok());
        let before = Timestamp::from_nanos(0);
        let due = paces.may(&storm, NUMBER, before).unwrap_err().expect("nobody set it");
        assert!(due.since(before) <= Duration::from_millis(1));
    }
}
