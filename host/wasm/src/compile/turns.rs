//! Whose turn it is among compilers: they have all cores but one, so that events flow beside them, and go on in turns where there are more of
//! them than that: what compiles in a second waits for a second beside what takes a minute.
//!
//! Niceness alone does not do it: on a core that is busy with whatever priority, a thread that wakes up waits for a tick or a slice, at each of
//! the ten hops of an event; with a core free it wakes up there.

use rustix::process::{Pid, Signal, kill_process};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// How long one goes on before it asks whether another waits.
const TURN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Turns {
    turns: Semaphore,
    turn: Duration,
}

impl Turns {
    /// For all cores but one, and one where there is no other.
    pub(super) fn new() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self { turns: Semaphore::new((cores - 1).max(1)), turn: TURN }
    }

    /// Waits for a turn: with it a process is started.
    pub(super) async fn first(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("the semaphore is never closed")
    }

    /// Waits for the end of what a process does, which is stopped while it is the turn of others. It is not waited for by anybody else, so that
    /// its number stays its own.
    pub(super) async fn share<T>(&self, mut turn: SemaphorePermit<'_>, process: Pid, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(self.turn, &mut work).await {
                return done;
            }
            // It may have ended: then the work says so next time.
            let _ = kill_process(process, Signal::STOP);
            drop(turn);
            turn = self.first().await;
            let _ = kill_process(process, Signal::CONT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    struct Spinner(Child);

    impl Spinner {
        fn start() -> Self {
            Self(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap())
        }

        fn pid(&self) -> Pid {
            Pid::from_child(&self.0)
        }

        /// As `ps` says it: by the process itself, since nothing tells who stopped.
        fn stopped(&self) -> bool {
            let said = Command::new("ps").args(["-o", "state=", "-p", &self.0.id().to_string()]).output().unwrap().stdout;
            said.starts_with(b"T")
        }
    }

    impl Drop for Spinner {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_that_never_end_have_one_turn_in_turns_and_what_ends_ends_at_once() {
        let turns = Turns { turns: Semaphore::new(1), turn: Duration::from_millis(20) };
        let (one, two) = (Spinner::start(), Spinner::start());
        let endless = async |spinner: &Spinner| turns.share(turns.first().await, spinner.pid(), std::future::pending::<()>()).await;
        let seen = async {
            for spinner in [&one, &two, &one] {
                while !spinner.stopped() {
                    tokio::task::yield_now().await;
                }
                while spinner.stopped() {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::select! {
            () = endless(&one) => panic!("it ended"),
            () = endless(&two) => panic!("it ended"),
            () = seen => {}
        }
        // Those were let go of with their turns.
        assert_eq!(turns.share(turns.first().await, one.pid(), async { 7 }).await, 7);
    }
}
