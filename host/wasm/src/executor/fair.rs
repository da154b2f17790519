//! A queue that is fair to accounts: start-time fair queueing (Goyal, Vin, Cheng 1996).
//!
//! Each account has a time of its own, which runs while it has a thread; the one whose time is least is next. One that comes back from
//! a rest starts at the time of the queue: it has saved nothing up, and owes what it took beforehand.

use super::Account;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// What taking one entry costs before it is known what it took, in nanoseconds: so that several threads don't all take of one account.
const ADVANCE: u64 = 20_000;

/// Entries by account.
#[derive(Debug)]
pub(super) struct Fair<E> {
    /// By time, then by account: an account stands where its own time says.
    line: BTreeMap<(u64, u64), Flow<E>>,
    /// The time of the account that was last taken of.
    now: u64,
    len: usize,
    /// Which of an account's times it counts.
    pool: usize,
}

#[derive(Debug)]
struct Flow<E> {
    account: Arc<Account>,
    entries: VecDeque<E>,
}

impl<E> Fair<E> {
    pub(super) fn new(pool: usize) -> Self {
        Self { line: BTreeMap::new(), now: 0, len: 0, pool }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, account: &Arc<Account>, entry: E) {
        self.len += 1;
        let time = account.times[self.pool].load(Relaxed);
        match self.line.get_mut(&(time, account.id)) {
            Some(flow) => flow.entries.push_back(entry),
            None => self.insert(time.max(self.now), Flow { account: Arc::clone(account), entries: VecDeque::from([entry]) }),
        }
    }

    /// The next one of an account that may have one.
    pub(super) fn pop(&mut self, may: impl Fn(&Account) -> bool) -> Option<E> {
        let (time, id) = *self.line.iter().find(|(_, flow)| may(&flow.account))?.0;
        let mut flow = self.line.remove(&(time, id)).expect("it was found there");
        self.now = self.now.max(time);
        self.len -= 1;
        let entry = flow.entries.pop_front().expect("a flow in the line has entries");
        let time = time.saturating_add(ADVANCE);
        flow.account.times[self.pool].store(time, Relaxed);
        if !flow.entries.is_empty() {
            self.insert(time, flow);
        }
        Some(entry)
    }

    /// Says how long an entry took that was taken before.
    pub(super) fn charge(&mut self, account: &Account, nanos: u64) {
        let place = account.times[self.pool].load(Relaxed);
        let time = place.saturating_add(nanos.saturating_sub(ADVANCE));
        account.times[self.pool].store(time, Relaxed);
        if let Some(flow) = self.line.remove(&(place, account.id)) {
            self.insert(time, flow);
        }
    }

    /// All that is left.
    pub(super) fn drain(&mut self) -> Vec<E> {
        self.len = 0;
        std::mem::take(&mut self.line).into_values().flat_map(|flow| flow.entries).collect()
    }

    fn insert(&mut self, time: u64, flow: Flow<E>) {
        flow.account.times[self.pool].store(time, Relaxed);
        self.line.insert((time, flow.account.id), flow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const MILLI: u64 = 1_000_000;

    fn accounts<const N: usize>() -> [Arc<Account>; N] {
        std::array::from_fn(|_| Arc::new(Account::new()))
    }

    #[test]
    fn a_plugin_with_many_attempts_gets_no_more_than_one_with_one() {
        let [many, one] = accounts();
        let mut fair = Fair::new(0);
        (0..1_000).for_each(|_| fair.push(&many, "many"));
        fair.push(&one, "one");
        let mut taken = HashMap::from([("many", 0_u32), ("one", 0)]);
        for _ in 0..1_000 {
            let next = fair.pop(|_| true).unwrap();
            let account = if next == "many" { &many } else { &one };
            fair.charge(account, MILLI);
            fair.push(account, next);
            *taken.get_mut(next).unwrap() += 1;
        }
        assert!(taken["one"].abs_diff(taken["many"]) <= 2, "{taken:?}");
    }

    #[test]
    fn who_takes_little_of_a_thread_at_a_time_comes_as_often_as_it_wants() {
        let [greedy, modest] = accounts();
        let mut fair = Fair::new(0);
        fair.push(&greedy, "greedy");
        for _ in 0..100 {
            fair.push(&modest, "modest");
            let mut waited = 0;
            loop {
                let next = fair.pop(|_| true).unwrap();
                if next == "modest" {
                    fair.charge(&modest, 20_000);
                    break;
                }
                fair.charge(&greedy, MILLI);
                fair.push(&greedy, next);
                waited += 1;
            }
            assert!(waited <= 1, "{waited}");
        }
    }

    #[test]
    fn a_rest_saves_nothing_up() {
        let [steady, late] = accounts();
        let mut fair = Fair::new(0);
        fair.push(&steady, "steady");
        for _ in 0..100 {
            fair.pop(|_| true).unwrap();
            fair.charge(&steady, MILLI);
            fair.push(&steady, "steady");
        }
        (0..100).for_each(|_| fair.push(&late, "late"));
        let late_in_a_row = std::iter::from_fn(|| fair.pop(|_| true)).take_while(|next| *next == "late").count();
        assert!(late_in_a_row <= 2 * usize::try_from(MILLI / ADVANCE).unwrap(), "{late_in_a_row}");
        assert_eq!(fair.len() + late_in_a_row + 1, 101);
        assert_eq!(fair.drain().len(), 100 - late_in_a_row);
    }
}
