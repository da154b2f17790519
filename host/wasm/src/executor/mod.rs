//! The guests' own threads, shared out by plugin.
//!
//! Guests give way at each beat, so a thread is never lost to one for longer. Who is next is decided by plugin and not by attempt: a
//! plugin with a thousand attempts gets no more of a core than one with a single attempt, and an attempt that has had ten milliseconds
//! goes behind those that have not.

mod account;
mod fair;
mod levels;
mod workers;

pub(crate) use account::Account;

use async_task::{Builder, FallibleTask};
use futures_util::FutureExt;
use levels::{Entry, Levels};
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use workers::Workers;

/// What one attempt has had.
#[derive(Debug)]
struct Work {
    account: Arc<Account>,
    /// On a thread, in nanoseconds.
    had: AtomicU64,
}

type Runnable = async_task::Runnable<Arc<Work>>;

/// Threads, and who is next on them. They end with it.
#[derive(Debug)]
pub(crate) struct Executor(Arc<Workers>);

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
    /// Starts so many threads. What waits for timers and sockets is woken by `side`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(threads: usize, side: &Handle) -> io::Result<Self> {
        let workers = Arc::new(Workers::new(threads));
        let executor = Self(Arc::clone(&workers));
        for _ in 0..threads {
            let (workers, side) = (Arc::clone(&workers), side.clone());
            std::thread::Builder::new().name("oyez-guest".to_owned()).spawn(move || workers.go(&side))?;
        }
        Ok(executor)
    }

    /// Begins work for a plugin.
    pub(crate) fn spawn<F>(&self, account: &Arc<Account>, work: F) -> Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let workers = Arc::clone(&self.0);
        let metadata = Arc::new(Work { account: Arc::clone(account), had: AtomicU64::new(0) });
        let guarded = AssertUnwindSafe(work).catch_unwind();
        let (runnable, task) = Builder::new().metadata(metadata).spawn(|_| guarded, move |runnable| workers.push(runnable));
        runnable.schedule();
        Task(task.fallible())
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // Whoever drops the last handle may be one of the threads: it does not wait for them.
        self.0.stop();
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

impl Entry for Runnable {
    fn account(&self) -> &Arc<Account> {
        &self.metadata().account
    }

    fn had(&self) -> u64 {
        self.metadata().had.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
