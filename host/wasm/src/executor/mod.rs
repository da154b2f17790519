//! The guests' own threads, shared out by plugin.
//!
//! Guests give way at each beat, so a thread is lost to one for longer only within an instruction that copies or fills memory. Who is next
//! is decided by plugin and not by attempt: a plugin with a thousand attempts gets no more of a core than one with a single attempt.
//!
//! There are three pools of threads. Attempts begin with those that have the host's own priority: one of a plugin at a time, until its first
//! has shown what it takes. One that has had ten milliseconds goes on with those that have less, where those of plugins that mostly take so
//! long begin. So the system's scheduler keeps the cores for who wants little, and what is left, but a ninth at least, is for the others. They
//! never have the last core (where there are two): a thread that is woken on a core that somebody computes on waits for the end of a slice,
//! and an event's way has ten such steps. Compilers have their turns there too.
//!
//! An instruction that copies or fills memory by the megabyte gives way at no beat. Who keeps a core with one goes on with threads that have
//! what all others leave, and rests afterwards where short attempts run too ([`rest`]): priorities share out cores, but not what cores have
//! in common, caches and the way to memory.

mod account;
mod fair;
mod pool;
mod rest;

pub(crate) use account::Account;

use crate::priority::{give_way, give_way_to_all};
use async_task::{Builder, FallibleTask};
use futures_util::FutureExt;
use pool::Pool;
use rest::rest_after;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;

/// What one attempt has had.
#[derive(Debug)]
struct Work {
    account: Arc<Account>,
    /// On a thread, in nanoseconds.
    had: AtomicU64,
    /// Whether it gives way at each beat, but for instructions that take longer.
    beats: bool,
    /// Whether it had one that did.
    bulk: AtomicBool,
    ended: AtomicBool,
}

impl Work {
    fn of(account: &Arc<Account>, had: u64, beats: bool) -> Self {
        Self { account: Arc::clone(account), had: AtomicU64::new(had), beats, bulk: AtomicBool::new(false), ended: AtomicBool::new(false) }
    }

    /// It had a thread for so many nanoseconds more, of which it kept the core for so many over its beats.
    fn takes(&self, nanos: u64, kept: u64) {
        let before = self.had.fetch_add(nanos, Relaxed);
        let had = before.saturating_add(nanos);
        let ended = self.ended.load(Relaxed);
        if kept > 0 {
            self.bulk.store(true, Relaxed);
        }
        if kept > 0 || ended {
            self.account.set_bulk(self.bulk.load(Relaxed));
        }
        if ended || (before < LONG_NANOS && had >= LONG_NANOS) {
            self.account.learn(had);
        }
    }
}

type Runnable = async_task::Runnable<Arc<Work>>;

/// Threads, and who is next on them. They end with it.
#[derive(Debug)]
pub(crate) struct Executor(Arc<Pools>);

/// The threads for attempts that have had little, for those that have had more, and for those that keep a core over their beats.
#[derive(Debug)]
struct Pools {
    short: Pool,
    long: Pool,
    bulk: Pool,
}

/// Past this an attempt is a long one, in nanoseconds on a thread.
const LONG_NANOS: u64 = 10_000_000;
/// Beside each core's thread for short attempts stands another one: a plugin gets half of them at most, so that one is free though an
/// instruction holds the others.
const SHORT_PER_CORE: usize = 2;
/// What the others give way by: a ninth of a core that short ones want too.
const LONG_NICE: i32 = 10;

impl Pools {
    /// Where work goes on, by what is known of it now.
    fn place(&self, work: &Work) -> &Pool {
        if work.beats && (work.bulk.load(Relaxed) || work.account.is_bulk()) {
            &self.bulk
        } else if work.had.load(Relaxed) >= LONG_NANOS || work.account.usual() >= LONG_NANOS {
            &self.long
        } else {
            &self.short
        }
    }

    /// How long a thread rests that kept a core for so many nanoseconds over the beats.
    fn rest(&self, of: &Pool, kept: u64) -> Duration {
        let beside_others = std::ptr::eq(of, &raw const self.bulk) && self.short.is_in_use();
        if beside_others { rest_after(kept) } else { Duration::ZERO }
    }

    /// Takes in what can go on.
    fn push(&self, runnable: Runnable) {
        self.place(runnable.metadata()).push(runnable);
    }
}

/// Why work did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It panicked.
    Panicked,
    /// The threads are gone.
    Stopped,
}

/// Work that was begun. It ends when this is dropped.
pub(crate) struct Task<T>(FallibleTask<std::thread::Result<T>, Arc<Work>>);

impl Executor {
    /// Starts the threads of so many cores. What waits for timers and sockets is woken by `side`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(threads: usize, side: &Handle) -> io::Result<Self> {
        let (short, others) = (threads * SHORT_PER_CORE, threads.saturating_sub(1).max(1));
        let pools = Arc::new(Pools { short: Pool::new(0, short), long: Pool::new(1, others), bulk: Pool::new(2, others) });
        let executor = Self(Arc::clone(&pools));
        let thread = |go: fn(&Pools, &Handle)| {
            let (pools, side) = (Arc::clone(&pools), side.clone());
            std::thread::Builder::new().name("oyez-guest".to_owned()).spawn(move || go(&pools, &side)).map(drop)
        };
        for _ in 0..short {
            thread(|pools, side| pools.short.go(pools, side))?;
        }
        // Where the system says no to a priority, guests have the same part as the host.
        for _ in 0..others {
            thread(|pools, side| {
                let _ = give_way(LONG_NICE);
                pools.long.go(pools, side);
            })?;
            thread(|pools, side| {
                let _ = give_way(LONG_NICE).and_then(|()| give_way_to_all());
                pools.bulk.go(pools, side);
            })?;
        }
        Ok(executor)
    }

    /// Begins work for a plugin.
    pub(crate) fn spawn<F>(&self, account: &Arc<Account>, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.begin(Work::of(account, 0, true), work)
    }

    /// Begins work that is known to take long: it may hold its thread for some time at each poll.
    pub(crate) fn spawn_long<F>(&self, account: &Arc<Account>, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.begin(Work::of(account, LONG_NANOS, false), work)
    }

    fn begin<F>(&self, own: Work, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let pools = Arc::clone(&self.0);
        let metadata = Arc::new(own);
        let guarded = {
            let work = AssertUnwindSafe(work).catch_unwind();
            let own = Arc::clone(&metadata);
            async move {
                let ended = work.await;
                own.ended.store(true, Relaxed);
                ended
            }
        };
        let (runnable, task) = Builder::new().metadata(metadata).spawn(|_| guarded, move |runnable| pools.push(runnable));
        runnable.schedule();
        Task(task.fallible())
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // Whoever drops the last handle may be one of the threads: it does not wait for them.
        self.0.short.stop();
        self.0.long.stop();
        self.0.bulk.stop();
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, Ended>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|ended| match ended {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_)) => Err(Ended::Panicked),
            None => Err(Ended::Stopped),
        })
    }
}

#[cfg(test)]
mod tests;
