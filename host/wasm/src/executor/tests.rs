//! The executor with threads of its own.

use super::*;
use crate::instance::read_cpu;
use crate::ticker::{Running, Ticker, ticks};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::runtime::Runtime;

struct GiveWay(bool);

impl Future for GiveWay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn executor(threads: usize) -> (Executor, Runtime) {
    let side = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    (Executor::start(threads, side.handle()).unwrap(), side)
}

/// The beat, as long as it lives.
fn beat() -> (Ticker, Running) {
    let ticker = Ticker::start(wasmtime::Engine::default()).unwrap();
    let running = ticker.run();
    (ticker, running)
}

#[test]
fn work_runs_to_its_end_wakes_and_may_panic() {
    let (executor, side) = executor(2);
    let account = Arc::new(Account::new());
    let tasks: Vec<_> = (0..100)
        .map(|i| {
            executor.spawn(&account, async move {
                GiveWay(false).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
                assert!(i != 7, "seven");
                i
            })
        })
        .collect();
    let ended: Vec<_> = side.block_on(async { futures_util::future::join_all(tasks).await });
    assert_eq!(ended.iter().filter(|ended| **ended == Err(Ended::Panicked)).count(), 1);
    assert_eq!(ended.iter().flatten().sum::<i32>(), (0..100).sum::<i32>() - 7);
}

#[test]
fn work_ends_with_its_task_and_with_the_executor() {
    struct Held(Arc<AtomicUsize>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.fetch_sub(1, SeqCst);
        }
    }
    let (executor, side) = executor(1);
    let (account, held) = (Arc::new(Account::new()), Arc::new(AtomicUsize::new(2)));
    let endless = |held: Held| async move {
        let _held = held;
        loop {
            GiveWay(false).await;
        }
    };
    let [first, second] = [(); 2].map(|()| executor.spawn(&account, endless(Held(Arc::clone(&held)))));
    drop(first);
    while held.load(SeqCst) > 1 {
        std::thread::yield_now();
    }
    drop(executor);
    assert_eq!(side.block_on(second).err(), Some(Ended::Stopped));
    assert_eq!(held.load(SeqCst), 0);
}

/// Keeps its thread for some cpu time at each poll, and for three beats.
fn kept(for_each: Duration, times: u32) -> impl Future<Output = Duration> + Send {
    let (mut left, mut began) = (times, None);
    std::future::poll_fn(move |cx| {
        let began = *began.get_or_insert_with(std::time::Instant::now);
        if left == 0 {
            return Poll::Ready(began.elapsed());
        }
        left -= 1;
        let (tick, kept) = (ticks(), read_cpu());
        while u128::from(read_cpu() - kept) < for_each.as_nanos() || ticks() < tick + 3 {}
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn who_keeps_a_core_over_its_beats_beside_others_rests_for_three_times_as_long() {
    let (_beat, (executor, side)) = (beat(), executor(2));
    let (hog, other) = (Arc::new(Account::new()), Arc::new(Account::new()));
    let each = Duration::from_millis(5);
    let beside = executor.spawn(&other, async {
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let rested = side.block_on(executor.spawn(&hog, kept(each, 20))).unwrap();
    assert!(rested >= each * (20 + 3 * 18), "{rested:?}: after the first it is known, and after the last it is over");
    drop(beside);
}

#[test]
fn nobody_rests_who_is_alone_or_has_not_the_threads_for_it() {
    let pools = Pools { short: Pool::new(0, 1, 1), long: Pool::new(1, 1, 1), bulk: Pool::new(2, 1, 1) };
    let kept = 5_000_000;
    assert_eq!(pools.rest(&pools.bulk, kept), Duration::ZERO);
    let work = Arc::new(Work::of(&Arc::new(Account::new()), 0, true));
    let (runnable, _task) = Builder::new().metadata(work).spawn(|_| async { Ok::<(), ()>(()) }, |_| {});
    pools.push(runnable);
    assert_eq!(pools.rest(&pools.bulk, kept), Duration::from_millis(15));
    assert_eq!(pools.rest(&pools.bulk, 0), Duration::ZERO);
    assert_eq!(pools.rest(&pools.bulk, u64::MAX), Duration::from_millis(100));
    assert_eq!(pools.rest(&pools.long, kept), Duration::ZERO, "a compiler has its turns there");
    assert_eq!(pools.rest(&pools.short, kept), Duration::ZERO);
}

#[test]
fn a_plugin_has_one_thread_until_its_first_attempt_has_shown_what_it_takes() {
    let (executor, side) = executor(2);
    let account = Arc::new(Account::new());
    let running = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (running, account) = (Arc::clone(&running), Arc::clone(&account));
            executor.spawn(&account.clone(), async move {
                running.fetch_add(1, SeqCst);
                let mut most = 0;
                let since = read_cpu();
                while read_cpu() - since < 3_000_000 {
                    most = most.max(running.load(SeqCst));
                }
                running.fetch_sub(1, SeqCst);
                if account.is_new() { most } else { 1 }
            })
        })
        .collect();
    let most = side.block_on(async { futures_util::future::join_all(tasks).await });
    assert_eq!(most, [Ok(1); 8]);
}

#[test]
fn once_it_has_two_of_it_run_at_once_that_were_there_before() {
    // Enough of each kind for two at once: the first may count as a long one, if others leave it no core.
    let (executor, side) = executor(5);
    let account = Arc::new(Account::new());
    let (go, may_go) = std::sync::mpsc::channel();
    let first = executor.spawn(&account, async move { may_go.recv().unwrap() });
    let met = Arc::new((parking_lot::Mutex::new(0), parking_lot::Condvar::new()));
    let two = [(); 2].map(|()| {
        let met = Arc::clone(&met);
        executor.spawn(&account, async move {
            let mut here = met.0.lock();
            *here += 1;
            met.1.notify_all();
            !met.1.wait_while_for(&mut here, |here| *here < 2, Duration::from_secs(20)).timed_out()
        })
    });
    while executor.0.short.resting() < 9 {
        std::thread::yield_now();
    }
    go.send(()).unwrap();
    side.block_on(first).unwrap();
    let met = side.block_on(futures_util::future::join_all(two));
    assert_eq!(met, [Ok(true); 2], "each on a thread of its own");
}

#[test]
fn who_was_taken_for_a_short_one_before_anything_was_known_goes_where_it_belongs() {
    let (executor, side) = executor(2);
    let own = rustix::process::getpriority_process(None).unwrap();
    for (each, keeps) in [(11, false), (5, true)] {
        let beat = keeps.then(beat);
        let account = Arc::new(Account::new());
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                executor.spawn(&account, async move {
                    let nice = rustix::process::getpriority_process(None).unwrap();
                    let since = read_cpu();
                    let tick = ticks();
                    while read_cpu() - since < each * 1_000_000 || (keeps && ticks() < tick + 3) {}
                    nice
                })
            })
            .collect();
        let nices = side.block_on(async { futures_util::future::join_all(tasks).await });
        let with_the_hosts = nices.iter().filter(|nice| **nice == Ok(own)).count();
        assert_eq!(with_the_hosts, if own < 19 { 1 } else { 8 }, "{nices:?}");
        drop(beat);
    }
}
