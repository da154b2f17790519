//! The threads: each takes a few attempts at a time, runs them, and says how long they took.

use super::{Account, Levels, Runnable};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;
use tokio::runtime::Handle;

/// Attempts that a thread takes at once, at most: to take one costs as much as to run a small one.
const BATCH_MAX: usize = 16;
/// The guests' threads give way to the host's own: a core that the router wants is had at once.
const NICE: i32 = 5;

#[derive(Debug)]
pub(super) struct Workers {
    queue: Mutex<Queue>,
    news: Condvar,
    threads: usize,
}

#[derive(Debug, Default)]
struct Queue {
    levels: Levels<Runnable>,
    resting: usize,
    stopped: bool,
}

/// An entry that ran: whose it was, what it had had before, what it took, in nanoseconds.
type Ran = (Arc<Account>, u64, u64);

impl Workers {
    pub(super) fn new(threads: usize) -> Self {
        Self { queue: Mutex::default(), news: Condvar::new(), threads }
    }

    /// Takes in what can go on.
    pub(super) fn push(&self, runnable: Runnable) {
        let mut queue = self.queue.lock();
        if queue.stopped {
            // Outside of the lock: what it holds may push in its turn.
            drop(queue);
            return drop(runnable);
        }
        queue.levels.push(runnable);
        if queue.resting > 0 {
            self.news.notify_one();
        }
    }

    /// What a thread does until the end.
    pub(super) fn go(&self, side: &Handle) {
        let _side = side.enter();
        // Where the system says no, guests have the same part as the host.
        let _ = rustix::process::nice(NICE);
        let mut ran: Vec<Ran> = Vec::with_capacity(BATCH_MAX);
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while self.next(&mut ran, &mut batch) {
            let mut began = Instant::now();
            for runnable in batch.drain(..) {
                let work = Arc::clone(runnable.metadata());
                runnable.run();
                let ended = Instant::now();
                let took = u64::try_from((ended - began).as_nanos()).unwrap_or(u64::MAX);
                began = ended;
                let had = work.had.fetch_add(took, Relaxed);
                ran.push((Arc::clone(&work.account), had, took));
            }
        }
    }

    /// Waits for the next batch; false at the end.
    fn next(&self, ran: &mut Vec<Ran>, batch: &mut Vec<Runnable>) -> bool {
        let mut queue = self.queue.lock();
        for (account, had, took) in ran.drain(..) {
            queue.levels.charge(&account, had, took);
        }
        while queue.levels.len() == 0 && !queue.stopped {
            queue.resting += 1;
            self.news.wait(&mut queue);
            queue.resting -= 1;
        }
        if queue.stopped {
            return false;
        }
        let share = queue.levels.len() / (2 * self.threads);
        for _ in 0..share.clamp(1, BATCH_MAX) {
            batch.extend(queue.levels.pop());
        }
        true
    }

    /// Ends the threads, once they are done with what they run just now, and drops what waits.
    pub(super) fn stop(&self) {
        let mut queue = self.queue.lock();
        queue.stopped = true;
        let left = queue.levels.drain();
        drop(queue);
        self.news.notify_all();
        drop(left);
    }
}
