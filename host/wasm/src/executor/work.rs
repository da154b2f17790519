//! What one attempt has had of the threads, and what it is taken for.

use super::Account;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Past this an attempt is a long one, in nanoseconds on a thread.
pub(super) const LONG_NANOS: u64 = 10_000_000;
/// Who gives way at each beat keeps a core for less than this, in nanoseconds: a beat, and one more by which the clock was read too early.
pub(super) const BEATS_NANOS: u64 = 2_000_000;

/// What one attempt has had.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) account: Arc<Account>,
    /// On a thread, in nanoseconds.
    had: AtomicU64,
    /// Of a core over its beats, in nanoseconds.
    kept: AtomicU64,
    /// Whether it gives way at each beat, but for instructions that take longer.
    pub(super) beats: bool,
    /// Whether it came to its end, and nobody has learned from it yet.
    ended: AtomicBool,
}

impl Work {
    pub(super) fn of(account: &Arc<Account>, had: u64, beats: bool) -> Self {
        let account = Arc::clone(account);
        Self { account, had: AtomicU64::new(had), kept: AtomicU64::new(0), beats, ended: AtomicBool::new(false) }
    }

    /// It came to its end, with what it has its thread for just now.
    pub(super) fn ends(&self) {
        self.ended.store(true, Relaxed);
    }

    /// It had a thread for so many nanoseconds more, and kept the core for so many of them over its beats.
    pub(super) fn takes(&self, nanos: u64, kept: u64) {
        let had_before = self.had.fetch_add(nanos, Relaxed);
        let kept_before = self.kept.fetch_add(kept, Relaxed);
        let (had, kept) = (had_before.saturating_add(nanos), kept_before.saturating_add(kept));
        let ended = self.ended.swap(false, Relaxed);
        // What it took comes last: whoever sees by it that the account is known finds the other too.
        if ended || (kept_before == 0 && kept > 0) {
            self.account.kept.learn(kept);
        }
        if ended || (had_before < LONG_NANOS && had >= LONG_NANOS) {
            self.account.took.learn(had);
        }
    }

    /// Whether it is taken for one that keeps a core over its beats.
    pub(super) fn is_bulk(&self) -> bool {
        self.beats && (self.kept.load(Relaxed) > 0 || self.account.kept.get() >= BEATS_NANOS)
    }

    /// Whether it is taken for a long one.
    pub(super) fn is_long(&self) -> bool {
        self.had.load(Relaxed) >= LONG_NANOS || self.account.took.get() >= LONG_NANOS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(account: &Arc<Account>, took: u64, kept: u64) {
        let work = Work::of(account, 0, true);
        work.ends();
        work.takes(took, kept);
    }

    #[test]
    fn an_attempt_is_learned_from_once_it_is_long_and_once_at_its_end() {
        let account = Arc::new(Account::new());
        let work = Work::of(&account, 0, true);
        work.takes(LONG_NANOS / 2, 0);
        assert!(account.is_new() && !work.is_long());
        work.takes(LONG_NANOS / 2, 0);
        assert_eq!(account.took.get(), LONG_NANOS);
        work.ends();
        work.takes(LONG_NANOS * 8, 0);
        work.takes(LONG_NANOS * 8, 0);
        assert_eq!(account.took.get(), LONG_NANOS - LONG_NANOS / 8 + LONG_NANOS / 8 * 9);
    }

    #[test]
    fn trivial_attempts_between_do_not_hide_one_that_keeps_a_core() {
        let account = Arc::new(Account::new());
        let next_is_bulk = || Work::of(&account, 0, true).is_bulk();
        ended(&account, 1_000, 0);
        assert!(!next_is_bulk());
        ended(&account, 40_000_000, 40_000_000);
        (0..20).for_each(|_| ended(&account, 1_000, 0));
        assert!(next_is_bulk());
        (0..20).for_each(|_| ended(&account, 1_000, 0));
        assert!(!next_is_bulk());
        assert!(!Work::of(&account, LONG_NANOS, false).is_bulk(), "a compiler never");
    }
}
