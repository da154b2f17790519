//! The guests' own threads, shared out by plugin.
//!
//! Guests give way at each beat, so a thread is lost to one for longer only within an instruction that copies or fills memory. Who is next
//! is decided by plugin and not by attempt: a plugin with a thousand attempts gets no more of a core than one with a single attempt.
//!
//! There are two pools of threads. Attempts begin with those that have the host's own priority; one that has had ten milliseconds goes on
//! with those that have less, where those of plugins that mostly take so long begin. So the system's scheduler keeps the cores for who wants
//! little, and what is left, but a ninth at least, is for the others. They never have the last core (where there are two): a thread that is
//! woken on a core that somebody computes on waits for the end of a slice, and an event's way has ten such steps. Compilers have their turns
//! there too. Priorities share out cores, but not what cores have in common, caches and the way to memory: who copies or fills so much at once
//! that no beat is kept rests for as long where short attempts run too ([`rest`]).

mod account;
mod fair;
mod pool;
mod rest;

pub(crate) use account::Account;

use crate::priority::give_way;
use async_task::{Builder, FallibleTask};
use futures_util::FutureExt;
use pool::Pool;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// What one attempt has had.
#[derive(Debug)]
struct Work {
    account: Arc<Account>,
    /// On a thread, in nanoseconds.
    had: AtomicU64,
    /// Whether it gives way at each beat, but for instructions that take longer.
    beats: bool,
}

type Runnable = async_task::Runnable<Arc<Work>>;

/// Threads, and who is next on them. They end with it.
#[derive(Debug)]
pub(crate) struct Executor(Arc<Pools>);

/// The threads for attempts that have had little, and for those that have had more.
#[derive(Debug)]
struct Pools {
    short: Pool,
    long: Pool,
}

/// Past this an attempt is a long one, in nanoseconds on a thread.
const LONG_NANOS: u64 = 10_000_000;
/// Beside each core's thread for short attempts stands another one: a plugin gets half of them at most, so that one is free though an
/// instruction holds the others.
const SHORT_PER_CORE: usize = 2;
/// What the others give way by: a ninth of a core that short ones want too.
const LONG_NICE: i32 = 10;

impl Pools {
    /// Takes in what can go on.
    fn push(&self, runnable: Runnable) {
        let work = runnable.metadata();
        let is_long = work.had.load(Relaxed) >= LONG_NANOS || work.account.usual() >= LONG_NANOS;
        if is_long { self.long.push(runnable) } else { self.short.push(runnable) }
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
        let (short, long) = (threads * SHORT_PER_CORE, threads.saturating_sub(1).max(1));
        let pools = Arc::new(Pools { short: Pool::new(0, short), long: Pool::new(1, long) });
        let executor = Self(Arc::clone(&pools));
        for i in 0..short + long {
            let (pools, side) = (Arc::clone(&pools), side.clone());
            let go = move || {
                if i >= long {
                    return pools.short.go(&side, None);
                }
                // Where the system says no, guests have the same part as the host.
                let _ = give_way(LONG_NICE);
                pools.long.go(&side, Some(&pools.short));
            };
            std::thread::Builder::new().name("oyez-guest".to_owned()).spawn(go)?;
        }
        Ok(executor)
    }

    /// Begins work for a plugin.
    pub(crate) fn spawn<F>(&self, account: &Arc<Account>, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.begin(account, 0, true, work)
    }

    /// Begins work that is known to take long: it may hold its thread for some time at each poll.
    pub(crate) fn spawn_long<F>(&self, account: &Arc<Account>, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.begin(account, LONG_NANOS, false, work)
    }

    /// Begins work that counts as if it had had so many nanoseconds.
    fn begin<F>(&self, account: &Arc<Account>, had: u64, beats: bool, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let pools = Arc::clone(&self.0);
        let metadata = Arc::new(Work { account: Arc::clone(account), had: AtomicU64::new(had), beats });
        let guarded = {
            let work = AssertUnwindSafe(work).catch_unwind();
            let own = Arc::clone(&metadata);
            async move {
                let ended = work.await;
                own.account.learn(own.had.load(Relaxed));
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
