//! The beat by which guests take turns: an epoch each millisecond while any of them runs, and none while none does.

use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;
use wasmtime::Engine;

const TICK: Duration = Duration::from_millis(1);
/// How long the beat goes on with nothing running, in ticks: a wake for each of many short attempts would cost as much as they do.
const IDLE_TICKS_MAX: u32 = 64;

/// Counted over all sandboxes, so that a thread knows how old its last reading of its clock is.
static TICKS: AtomicU64 = AtomicU64::new(0);

/// How often the beat was heard, in all.
pub(crate) fn ticks() -> u64 {
    TICKS.load(Relaxed)
}

#[derive(Debug, Default)]
struct Beat {
    running: AtomicUsize,
    resting: AtomicBool,
    stopped: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

/// Owns the thread; it ends with it.
#[derive(Debug)]
pub(crate) struct Ticker(Arc<Beat>);

/// As long as it lives, the beat goes on.
#[derive(Debug)]
pub(crate) struct Running(Arc<Beat>);

impl Ticker {
    /// Starts the thread, which rests until something runs.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(engine: Engine) -> std::io::Result<Self> {
        let beat = Arc::new(Beat::default());
        let thread = beat.clone();
        std::thread::Builder::new().name("oyez-ticker".to_owned()).spawn(move || thread.go(&engine))?;
        Ok(Self(beat))
    }

    /// Says that something runs.
    pub(crate) fn run(&self) -> Running {
        self.0.running.fetch_add(1, SeqCst);
        if self.0.resting.load(SeqCst) {
            self.0.wake();
        }
        Running(self.0.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.stopped.store(true, SeqCst);
        self.0.wake();
    }
}

impl Beat {
    /// Under the lock, so that it cannot fall between the thread's last look and its sleep.
    fn wake(&self) {
        let _lock = self.lock.lock();
        self.wake.notify_one();
    }

    fn go(&self, engine: &Engine) {
        let mut lock = self.lock.lock();
        let mut idle = 0;
        while !self.stopped.load(SeqCst) {
            idle = if self.running.load(SeqCst) == 0 { idle + 1 } else { 0 };
            if idle > IDLE_TICKS_MAX {
                self.resting.store(true, SeqCst);
                while self.running.load(SeqCst) == 0 && !self.stopped.load(SeqCst) {
                    self.wake.wait(&mut lock);
                }
                self.resting.store(false, SeqCst);
                idle = 0;
            }
            self.wake.wait_for(&mut lock, TICK);
            engine.increment_epoch();
            TICKS.fetch_add(1, Relaxed);
        }
    }
}
