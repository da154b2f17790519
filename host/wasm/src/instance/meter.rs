//! What a call uses: cpu, wall time and memory. Queueing for a core counts as none of them.

use crate::ticker::ticks;
use oyez_model::{Cost, Limits};
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// Longer than its `time`.
#[derive(Debug)]
pub(crate) struct TimedOut;

/// Counts for one call. Written by the thread that polls it, which changes from poll to poll.
///
/// Cpu is, for each poll, the lesser of wall time and the thread's cpu time: on a busy machine a poll takes long through no fault
/// of the guest. The thread's clock costs a system call, so it is read only where the beat has moved on, at most once a millisecond.
#[derive(Debug)]
pub(crate) struct Meter {
    born: Instant,
    cpu_max: u64,
    /// Of the polls that have ended, in nanoseconds.
    cpu: AtomicU64,
    /// Of the polls that have ended, and of true waits.
    wall: AtomicU64,
    poll_began: AtomicU64,
    poll_began_cpu: AtomicU64,
    over_cpu: AtomicBool,
    memory: AtomicUsize,
    denied: AtomicUsize,
    /// Within host calls that may take long.
    host: AtomicU64,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            born: Instant::now(),
            cpu_max: nanos(limits.cpu),
            cpu: AtomicU64::new(0),
            wall: AtomicU64::new(0),
            poll_began: AtomicU64::new(0),
            poll_began_cpu: AtomicU64::new(0),
            over_cpu: AtomicBool::new(false),
            memory: AtomicUsize::new(0),
            denied: AtomicUsize::new(0),
            host: AtomicU64::new(0),
        }
    }

    /// Runs the work to its end, or until it has taken longer than `time`.
    ///
    /// # Errors
    /// It took longer. The work is dropped before this returns.
    pub(crate) async fn run<F: Future>(&self, time: Duration, work: F) -> Result<F::Output, TimedOut> {
        let time = nanos(time);
        let mut work = pin!(work);
        let mut timer: Option<Pin<Box<Sleep>>> = None;
        let mut pause: Option<(u64, Arc<Bell>)> = None;
        poll_fn(|cx| {
            if let Some((since, bell)) = pause.take() {
                // What lies between the wake and now is the queue for a core.
                let until = bell.rung.load(Relaxed).min(self.now());
                self.wall.fetch_add(until.saturating_sub(since), Relaxed);
                timer = None;
            }
            if self.wall.load(Relaxed) >= time {
                return Poll::Ready(Err(TimedOut));
            }
            let bell = Arc::new(Bell { meter: self.born, rung: AtomicU64::new(u64::MAX), task: Mutex::new(cx.waker().clone()) });
            let waker = Waker::from(bell.clone());
            let mut cx = Context::from_waker(&waker);
            if let Poll::Ready(answer) = self.poll(|| work.as_mut().poll(&mut cx)) {
                return Poll::Ready(Ok(answer));
            }
            let left = time.saturating_sub(self.wall.load(Relaxed));
            if left == 0 {
                return Poll::Ready(Err(TimedOut));
            }
            // A guest that only gave way is polled again at once; one that waits is woken at the latest when its time is up.
            if bell.rung.load(Relaxed) == u64::MAX {
                let sleep = timer.insert(Box::pin(tokio::time::sleep(Duration::from_nanos(left))));
                if sleep.as_mut().poll(&mut cx).is_ready() {
                    return Poll::Ready(Err(TimedOut));
                }
            }
            pause = Some((self.now(), bell));
            Poll::Pending
        })
        .await
    }

    fn poll<T>(&self, poll: impl FnOnce() -> T) -> T {
        let began = self.now();
        let (tick, began_cpu) = recent_cpu();
        self.poll_began.store(began, Relaxed);
        self.poll_began_cpu.store(began_cpu, Relaxed);
        let answer = poll();
        let wall = self.now() - began;
        let cpu = if ticks() == tick { wall } else { wall.min(read_cpu().saturating_sub(began_cpu)) };
        self.wall.fetch_add(wall, Relaxed);
        self.cpu.fetch_add(cpu, Relaxed);
        answer
    }

    /// Whether the call has used up its cpu. Asked at each beat, within a poll.
    pub(crate) fn is_over_cpu(&self) -> bool {
        let wall = self.now().saturating_sub(self.poll_began.load(Relaxed));
        let used = self.cpu.load(Relaxed) + wall;
        // The thread's clock is asked only where wall time alone would end the call.
        let over = used >= self.cpu_max && {
            let cpu = read_cpu().saturating_sub(self.poll_began_cpu.load(Relaxed));
            self.cpu.load(Relaxed) + wall.min(cpu) >= self.cpu_max
        };
        self.over_cpu.fetch_or(over, Relaxed);
        over
    }

    /// Whether it was stopped for its cpu.
    pub(crate) fn was_over_cpu(&self) -> bool {
        self.over_cpu.load(Relaxed)
    }

    /// Says how much memory it holds now, in bytes.
    pub(crate) fn holds(&self, bytes: usize) {
        self.memory.fetch_max(bytes, Relaxed);
    }

    /// Says how long a host call took.
    pub(crate) fn waited(&self, time: Duration) {
        self.host.fetch_add(nanos(time), Relaxed);
    }

    /// Says that it was refused so much memory, in bytes.
    pub(crate) fn deny(&self, bytes: usize) {
        self.denied.fetch_max(bytes, Relaxed);
    }

    /// How much memory it was refused, if any, in bytes.
    pub(crate) fn denied(&self) -> Option<usize> {
        Some(self.denied.load(Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// What it used so far.
    pub(crate) fn cost(&self) -> Cost {
        Cost {
            cpu_nanos: self.cpu.load(Relaxed),
            wall_nanos: self.wall.load(Relaxed),
            memory_bytes: self.memory.load(Relaxed) as u64,
            host_nanos: self.host.load(Relaxed),
            ..Cost::default()
        }
    }

    fn now(&self) -> u64 {
        nanos(self.born.elapsed())
    }
}

/// A waker that notes when it was first rung.
struct Bell {
    meter: Instant,
    rung: AtomicU64,
    task: Mutex<Waker>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.fetch_min(nanos(self.meter.elapsed()), Relaxed);
        self.task.lock().wake_by_ref();
    }
}

thread_local! {
    /// The beat at which this thread last read its clock, and what it read.
    static LAST: Cell<(u64, u64)> = const { Cell::new((u64::MAX, 0)) };
}

/// This thread's cpu time in nanoseconds, at most one beat old, and the beat that it belongs to.
pub(crate) fn recent_cpu() -> (u64, u64) {
    let tick = ticks();
    let (seen, cpu) = LAST.get();
    if seen == tick { (tick, cpu) } else { (tick, read_cpu()) }
}

/// This thread's cpu time in nanoseconds, read now.
pub(crate) fn read_cpu() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let cpu = u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0);
    LAST.set((ticks(), cpu));
    cpu
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
