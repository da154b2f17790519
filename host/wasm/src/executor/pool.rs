//! Threads of one kind: each takes a few attempts at a time, runs them, and says how long they took.

use super::fair::Fair;
use super::rest::Began;
use super::{Account, Pools, Runnable};
use crate::ticker::ticks;
use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tokio::runtime::Handle;

/// A pool is in use for so many ticks from when it was given something to run.
const IN_USE_TICKS: u64 = 1_000;
/// Who had a thread for longer did not end by itself, but gave way at a beat.
const BEAT_NANOS: u64 = 500_000;

#[derive(Debug)]
pub(super) struct Pool {
    queue: Mutex<Queue>,
    news: Condvar,
    threads: usize,
    /// Attempts that a thread takes at once, at most.
    batch_max: usize,
    /// The tick until which it counts as in use.
    in_use_until: AtomicU64,
}

#[derive(Debug)]
struct Queue {
    fair: Fair<Runnable>,
    /// Attempts that are on threads just now, by account.
    running: HashMap<u64, usize>,
    /// Threads that have something to run.
    busy: usize,
    resting: usize,
    stopped: bool,
}

/// What an entry has had.
struct Ran {
    account: Arc<Account>,
    /// Of its thread, in nanoseconds.
    took: u64,
    /// Of a core, over its beats, in nanoseconds.
    kept: u64,
}

impl Pool {
    /// The pool of this number, with so many threads, of which each takes so many attempts at once at most.
    pub(super) fn new(number: usize, threads: usize, batch_max: usize) -> Self {
        let queue = Queue { fair: Fair::new(number), running: HashMap::new(), busy: 0, resting: 0, stopped: false };
        Self { queue: Mutex::new(queue), news: Condvar::new(), threads, batch_max, in_use_until: AtomicU64::new(0) }
    }

    /// Takes in what can go on.
    pub(super) fn push(&self, runnable: Runnable) {
        self.in_use_until.store(ticks() + IN_USE_TICKS, Relaxed);
        let mut queue = self.queue.lock();
        if queue.stopped {
            // Outside of the lock: what it holds may push in its turn.
            drop(queue);
            return drop(runnable);
        }
        let account = Arc::clone(&runnable.metadata().account);
        queue.fair.push(&account, runnable);
        if queue.resting > 0 {
            self.news.notify_one();
        }
    }

    /// What a thread of this one of the pools does until the end.
    #[allow(clippy::disallowed_methods, reason = "nothing is waited for: time is what is owed")]
    pub(super) fn go(&self, pools: &Pools, side: &Handle) {
        let _side = side.enter();
        let mut ran: Vec<Ran> = Vec::with_capacity(self.batch_max);
        let mut batch = Vec::with_capacity(self.batch_max);
        while self.next(&mut ran, &mut batch) {
            let mut began = Instant::now();
            for runnable in batch.drain(..) {
                ran.push(self.run(pools, runnable, &mut began));
            }
            let rest = pools.rest(self, ran.iter().map(|ran| ran.kept).sum());
            if !rest.is_zero() {
                std::thread::sleep(rest);
            }
        }
    }

    /// Runs an entry from when the one before it ended, unless by now another pool is its place.
    fn run(&self, pools: &Pools, runnable: Runnable, began: &mut Instant) -> Ran {
        let work = Arc::clone(runnable.metadata());
        let account = Arc::clone(&work.account);
        let place = pools.place(&work);
        if !std::ptr::eq(self, place) {
            place.push(runnable);
            return Ran { account, took: 0, kept: 0 };
        }
        let (was_new, began_cpu) = (account.is_new(), Began::now());
        runnable.run();
        let ended = Instant::now();
        let took = u64::try_from((ended - *began).as_nanos()).unwrap_or(u64::MAX).max(1);
        let kept = if work.beats { began_cpu.kept(took) } else { 0 };
        work.takes(took, kept);
        if was_new && !account.is_new() {
            // It may have more threads now. Under the lock, so that it cannot fall between another thread's last look and its sleep.
            let _queue = self.queue.lock();
            self.news.notify_all();
        }
        *began = ended;
        if took >= BEAT_NANOS {
            // A thread of the host that woke up on this core waits for the scheduler's tick otherwise, 4 ms on many a kernel.
            std::thread::yield_now();
            *began = Instant::now();
        }
        Ran { account, took, kept }
    }

    /// Whether it was given something lately. Without its lock, which a thread that asks might be kept from giving back.
    pub(super) fn is_in_use(&self) -> bool {
        ticks() < self.in_use_until.load(Relaxed)
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
            for _ in 0..share.clamp(1, self.batch_max) {
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

    /// How many threads have nothing to run.
    #[cfg(test)]
    pub(super) fn resting(&self) -> usize {
        self.queue.lock().resting
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
    /// The next one. An account has as many threads at once as are free beside it: so that somebody new finds one. It has one while nothing
    /// is known of it.
    fn pop(&mut self, threads: usize) -> Option<Runnable> {
        let (running, free) = (&self.running, threads - self.busy);
        let most = |account: &Account| if account.is_new() { 1 } else { free };
        let next = self.fair.pop(|account| running.get(&account.id).is_none_or(|running| *running < most(account)))?;
        *self.running.entry(next.metadata().account.id).or_default() += 1;
        Some(next)
    }

    /// Counts what a thread ran.
    fn take_back(&mut self, ran: &mut Vec<Ran>) {
        if ran.is_empty() {
            return;
        }
        self.busy -= 1;
        for Ran { account, took, .. } in ran.drain(..) {
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
