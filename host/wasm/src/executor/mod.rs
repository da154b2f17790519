//! The guests' own threads, shared out by plugin.
//!
//! Guests give way at each beat, so a thread is lost to one for longer only within an instruction that copies or fills memory. Who is next
//! is decided by plugin and not by attempt: a plugin with a thousand attempts gets no more of a core than one with a single attempt.
//!
//! There are three pools of threads. Attempts begin with those that have the host's own priority: on one thread until an attempt of their
//! plugin has shown what it takes. One that has had ten milliseconds goes on with those that have less, where those of plugins that mostly
//! take so long begin. So the system's scheduler keeps the cores for who wants little, and what is left, but some tenth of a core, is for the
//! others. They leave one core (where there are two): a thread that is woken on a core that somebody computes on waits for the end
//! of a slice, and an event's way has ten such steps. Compilers have their turns there too.
//!
//! An instruction that copies or fills memory by the megabyte gives way at no beat. Plugins with such instructions have threads of their own,
//! as many more and of the same priority, which rest afterwards where short attempts run too ([`rest`]): priorities share out cores, but not what
//! cores have in common, caches and the way to memory.

mod account;
mod fair;
mod pool;
mod rest;
mod work;

pub(crate) use account::Account;

use crate::priority::give_way;
use async_task::{Builder, FallibleTask};
use futures_util::FutureExt;
use pool::Pool;
use rest::rest_after;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use work::{LONG_NANOS, Work};

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

/// Beside each core's thread for short attempts stands another one: a plugin gets half of them at most, so that one is free though an
/// instruction holds the others.
const SHORT_PER_CORE: usize = 2;
/// Attempts that a thread takes at once, at most: to take one costs as much as to run a small one.
const BATCH_MAX: usize = 16;
/// What the others give way by: they have a tenth of a core that a short one wants too.
const LONG_NICE: i32 = 10;

impl Pools {
    /// Where work goes on, by what is known of it now.
    fn place(&self, work: &Work) -> &Pool {
        if work.is_bulk() {
            &self.bulk
        } else if work.is_long() {
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
        let pools = Arc::new(Pools { short: Pool::new(0, short, BATCH_MAX), long: Pool::new(1, others, BATCH_MAX), bulk: Pool::new(2, others, 1) });
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
                let _ = give_way(LONG_NICE);
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
        if account.is_new() {
            account.took.learn(LONG_NANOS);
        }
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
                own.ends();
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
