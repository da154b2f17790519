//! Threads of one kind: each takes a few attempts at a time, runs them, and says how long they took.

use super::fair::Fair;
use super::rest::{Began, rest};
use super::{Account, LONG_NANOS, Runnable};
use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Attempts that a thread takes at once, at most: to take one costs as much as to run a small one.
const BATCH_MAX: usize = 16;
/// Threads are in use that began something within this long.
const IN_USE: Duration = Duration::from_secs(1);
/// Who had a thread for longer did not end by itself, but gave way at a beat.
const BEAT_NANOS: u64 = 500_000;

#[derive(Debug)]
pub(super) struct Pool {
    queue: Mutex<Queue>,
    news: Condvar,
    threads: usize,
}

#[derive(Debug)]
struct Queue {
    fair: Fair<Runnable>,
    /// Attempts that are on threads just now, by account.
    running: HashMap<u64, usize>,
    /// Threads that have something to run.
    busy: usize,
    resting: usize,
    /// When something was taken in last.
    taken_in: Option<Instant>,
    stopped: bool,
}

/// An entry that ran: whose it was, and what it took and owes, in nanoseconds.
type Ran = (Arc<Account>, u64);

impl Pool {
    /// The pool of this number, with so many threads.
    pub(super) fn new(number: usize, threads: usize) -> Self {
        let queue = Queue { fair: Fair::new(number), running: HashMap::new(), busy: 0, resting: 0, taken_in: None, stopped: false };
        Self { queue: Mutex::new(queue), news: Condvar::new(), threads }
    }

    /// Takes in what can go on.
    pub(super) fn push(&self, runnable: Runnable) {
        let mut queue = self.queue.lock();
        if queue.stopped {
            // Outside of the lock: what it holds may push in its turn.
            drop(queue);
            return drop(runnable);
        }
        let account = Arc::clone(&runnable.metadata().account);
        queue.fair.push(&account, runnable);
        queue.taken_in = Some(Instant::now());
        if queue.resting > 0 {
            self.news.notify_one();
        }
    }

    /// What a thread does until the end, beside those of another pool that are not to suffer from it.
    pub(super) fn go(&self, side: &Handle, beside: Option<&Self>) {
        let _side = side.enter();
        let mut ran: Vec<Ran> = Vec::with_capacity(BATCH_MAX);
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while self.next(&mut ran, &mut batch) {
            let mut began = Instant::now();
            let mut owed = 0_u64;
            for runnable in batch.drain(..) {
                let work = Arc::clone(runnable.metadata());
                let began_cpu = (beside.is_some() && work.beats).then(Began::now);
                runnable.run();
                let ended = Instant::now();
                let took = u64::try_from((ended - began).as_nanos()).unwrap_or(u64::MAX);
                began = ended;
                let had = work.had.fetch_add(took, Relaxed);
                if had < LONG_NANOS && had.saturating_add(took) >= LONG_NANOS {
                    work.account.learn(had.saturating_add(took));
                }
                let owes = began_cpu.map_or(0, |began_cpu| began_cpu.owes(took));
                owed = owed.saturating_add(owes);
                ran.push((Arc::clone(&work.account), took.saturating_add(owes)));
                if took >= BEAT_NANOS {
                    // A thread of the host that woke up on this core waits for the scheduler's tick otherwise, 4 ms on many a kernel.
                    std::thread::yield_now();
                }
            }
            if owed > 0 && beside.is_some_and(Self::is_in_use) {
                rest(owed);
            }
        }
    }

    /// Whether it took in something lately.
    fn is_in_use(&self) -> bool {
        self.queue.lock().taken_in.is_some_and(|last| last.elapsed() < IN_USE)
    }

    /// Waits for the next batch; false at the end.
    fn next(&self, ran: &mut Vec<Ran>, batch: &mut Vec<Runnable>) -> bool {
        let mut queue = self.queue.lock();
        queue.take_back(ran);
        loop {
            if queue.stopped {
                return false;
            }
            let share = queue.fair.len() / (2 * self.threads);
            for _ in 0..share.clamp(1, BATCH_MAX) {
                batch.extend(queue.pop(self.threads));
            }
            if !batch.is_empty() {
                queue.busy += 1;
                return true;
            }
            queue.resting += 1;
            self.news.wait(&mut queue);
            queue.resting -= 1;
        }
    }

    /// Ends the threads, once they are done with what they run just now, and drops what waits.
    pub(super) fn stop(&self) {
        let mut queue = self.queue.lock();
        queue.stopped = true;
        let left = queue.fair.drain();
        drop(queue);
        self.news.notify_all();
        drop(left);
    }
}

impl Queue {
    /// The next one. An account has as many threads at once as are free beside it: so that somebody new finds one.
    fn pop(&mut self, threads: usize) -> Option<Runnable> {
        let (running, free) = (&self.running, threads - self.busy);
        let next = self.fair.pop(|account| running.get(&account).is_none_or(|running| *running < free))?;
        *self.running.entry(next.metadata().account.id).or_default() += 1;
        Some(next)
    }

    /// Counts what a thread ran.
    fn take_back(&mut self, ran: &mut Vec<Ran>) {
        if ran.is_empty() {
            return;
        }
        self.busy -= 1;
        for (account, took) in ran.drain(..) {
            self.fair.charge(&account, took);
            if let Some(running) = self.running.get_mut(&account.id) {
                *running -= 1;
                if *running == 0 {
                    self.running.remove(&account.id);
                }
            }
        }
    }
}
