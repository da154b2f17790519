//! Two queues: attempts that have had little of a thread, and those that have had more. The first go first, and the second get their part.

use super::Account;
use super::fair::Fair;
use std::sync::Arc;

/// Past this an attempt is a long one, in nanoseconds on a thread.
const LONG_NANOS: u64 = 10_000_000;
/// Short attempts get so many times what long ones get, where both want all of the threads.
const SHARE: u64 = 8;
/// Short attempts go first until they have had so much more than their share, in nanoseconds of the long ones.
const SLACK: u64 = 2_000_000;
/// What a level saves up at most while it wants nothing, in the same.
const SAVED: u64 = 4 * SHARE * 1_000_000;

/// What stands in the queues.
pub(super) trait Entry {
    /// Whose it is.
    fn account(&self) -> &Arc<Account>;
    /// What it has had of a thread, in nanoseconds.
    fn had(&self) -> u64;
}

#[derive(Debug)]
pub(super) struct Levels<E> {
    short: Fair<E>,
    long: Fair<E>,
    /// What each level has had, weighed by its share.
    short_time: u64,
    long_time: u64,
}

impl<E> Default for Levels<E> {
    fn default() -> Self {
        Self { short: Fair::new(0), long: Fair::new(1), short_time: 0, long_time: 0 }
    }
}

impl<E: Entry> Levels<E> {
    pub(super) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    pub(super) fn push(&mut self, entry: E) {
        let account = Arc::clone(entry.account());
        if entry.had() < LONG_NANOS {
            self.short_time = self.short_time.max(self.long_time.saturating_sub(SAVED));
            self.short.push(&account, entry);
        } else {
            self.long_time = self.long_time.max(self.short_time.saturating_sub(SAVED));
            self.long.push(&account, entry);
        }
    }

    pub(super) fn pop(&mut self) -> Option<E> {
        let long_first = self.short.len() == 0 || (self.long.len() > 0 && self.long_time.saturating_add(SLACK) < self.short_time);
        if long_first { self.long.pop() } else { self.short.pop() }
    }

    /// Says how long an entry was on a thread, that had had so much before.
    pub(super) fn charge(&mut self, account: &Account, had: u64, nanos: u64) {
        if had < LONG_NANOS {
            self.short_time = self.short_time.saturating_add(nanos);
            self.short.charge(account, nanos);
        } else {
            self.long_time = self.long_time.saturating_add(nanos.saturating_mul(SHARE));
            self.long.charge(account, nanos);
        }
    }

    pub(super) fn drain(&mut self) -> Vec<E> {
        let mut all = self.short.drain();
        all.extend(self.long.drain());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    struct Turn(Arc<Account>, u64);

    impl Entry for Turn {
        fn account(&self) -> &Arc<Account> {
            &self.0
        }

        fn had(&self) -> u64 {
            self.1
        }
    }

    #[test]
    fn long_attempts_get_a_ninth_where_short_ones_want_everything() {
        let (short, long) = (Arc::new(Account::new()), Arc::new(Account::new()));
        let mut levels = Levels::default();
        levels.push(Turn(short.clone(), 0));
        levels.push(Turn(long.clone(), LONG_NANOS));
        let mut turns = 0;
        for _ in 0..9_000 {
            let Turn(account, had) = levels.pop().unwrap();
            turns += u32::from(had > 0);
            levels.charge(&account, had, MILLI);
            levels.push(Turn(account, had));
        }
        assert!((990..=1_010).contains(&turns), "{turns}");
    }

    #[test]
    fn a_short_attempt_waits_for_one_beat_of_a_long_one_at_most() {
        let (short, long) = (Arc::new(Account::new()), Arc::new(Account::new()));
        let mut levels = Levels::default();
        (0..100).for_each(|_| levels.push(Turn(long.clone(), LONG_NANOS)));
        for _ in 0..1_000 {
            levels.push(Turn(short.clone(), 0));
            let mut waited = 0;
            while let Some(Turn(account, had)) = levels.pop() {
                levels.charge(&account, had, if had > 0 { MILLI } else { 20_000 });
                if had == 0 {
                    break;
                }
                levels.push(Turn(account, had));
                waited += 1;
            }
            assert!(waited <= 1, "{waited}");
            // The thread is free for a long one in between.
            let Turn(account, had) = levels.pop().unwrap();
            levels.charge(&account, had, MILLI);
            levels.push(Turn(account, had));
        }
        assert_eq!(levels.len(), 100);
    }
}
