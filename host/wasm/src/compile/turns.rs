//! When a compiler goes on: whenever it is its turn on the threads for long attempts, where it has what one more plugin would have.
//!
//! Those threads leave a core to events, and are shared out fairly: so compilers and long attempts together never have the last core, what
//! spins holds up no compiler, and what compiles in a second goes on beside what takes a minute. Niceness alone does not do it: on a core
//! that is busy with whatever priority, a thread that wakes up waits for a tick or a slice, at each of the ten hops of an event.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::io;
use std::os::fd::OwnedFd;

/// How long it goes on before the threads are asked who is next.
const TURN: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// A process that goes on in its turns only.
#[derive(Debug)]
pub(super) struct Turns(OwnedFd);

impl Turns {
    /// Stops a process until its first turn.
    ///
    /// # Errors
    /// It is gone, or the system has no more descriptors.
    pub(super) fn of(process: Pid) -> io::Result<Self> {
        // By a descriptor: it stays that process though it has ended and been waited for.
        let process = pidfd_open(process, PidfdFlags::empty())?;
        pidfd_send_signal(&process, Signal::STOP)?;
        Ok(Self(process))
    }

    /// Lets it go on until it ends, each time that this is polled, and holds the thread meanwhile, which is what it has of the cores.
    pub(super) async fn take(self) {
        while !self.turn() {
            // Whoever is next goes on.
            tokio::task::yield_now().await;
        }
    }

    /// One turn; true where it has ended.
    fn turn(&self) -> bool {
        // One that has ended takes no signal, and says so right away.
        let _ = pidfd_send_signal(&self.0, Signal::CONT);
        let ended = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&TURN));
        // Interrupted, it has had a shorter turn.
        if ended.is_ok_and(|ended| ended > 0) {
            return true;
        }
        let _ = pidfd_send_signal(&self.0, Signal::STOP);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{Account, Executor};
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    use std::process::{Child, Command};
    use std::sync::Arc;

    struct Spinner(Child);

    impl Spinner {
        fn start() -> Self {
            Self(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap())
        }

        fn turns(&self) -> Turns {
            Turns::of(Pid::from_child(&self.0)).unwrap()
        }

        /// Waits until it goes on, and until it is stopped again.
        fn has_had_a_turn(&self) {
            for change in [WaitIdOptions::CONTINUED, WaitIdOptions::STOPPED] {
                assert!(waitid(WaitId::Pid(Pid::from_child(&self.0)), change).unwrap().is_some());
            }
        }
    }

    impl Drop for Spinner {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn compilers_go_on_in_turns_with_each_other_and_with_a_guest_that_spins_and_one_that_ends_ends() {
        let side = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // Of two cores one is for events.
        let executor = Executor::start(2, side.handle()).unwrap();
        let (guest, compilers) = (Arc::new(Account::new()), Arc::new(Account::new()));
        let (one, two) = (Spinner::start(), Spinner::start());
        let endless = [executor.spawn_long(&compilers, one.turns().take()), executor.spawn_long(&compilers, two.turns().take())];
        let spun = executor.spawn_long(&guest, async {
            loop {
                tokio::task::yield_now().await;
            }
        });
        for spinner in [&one, &two, &one] {
            spinner.has_had_a_turn();
        }
        drop((one, spun));
        let [ended, still] = endless;
        assert_eq!(side.block_on(ended), Ok(()));
        two.has_had_a_turn();
        drop(still);
    }
}
