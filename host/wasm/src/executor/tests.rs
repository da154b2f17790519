//! The executor with threads of its own.

use super::*;
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

#[test]
fn work_runs_to_its_end_wakes_and_may_panic() {
    let (executor, side) = executor(2);
    let account = Arc::new(Account::new());
    let tasks: Vec<_> = (0..100)
        .map(|i| {
            executor.spawn(&account, async move {
                GiveWay(false).await;
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
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

/// Keeps its thread for some cpu time at each poll, whatever the beats.
fn kept(for_each: std::time::Duration, times: u32) -> impl Future<Output = std::time::Duration> + Send {
    let (mut left, mut began) = (times, None);
    std::future::poll_fn(move |cx| {
        let began = *began.get_or_insert_with(std::time::Instant::now);
        if left == 0 {
            return Poll::Ready(began.elapsed());
        }
        left -= 1;
        let kept = crate::instance::read_cpu();
        while u128::from(crate::instance::read_cpu() - kept) < for_each.as_nanos() {}
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn who_keeps_a_core_over_its_beats_beside_others_rests_for_as_long() {
    let (executor, side) = executor(2);
    let (hog, other) = (Arc::new(Account::new()), Arc::new(Account::new()));
    hog.learn(LONG_NANOS);
    let each = std::time::Duration::from_millis(5);
    let beside = executor.spawn(&other, async {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    });
    let rested = side.block_on(executor.spawn(&hog, kept(each, 20))).unwrap();
    assert!(rested >= each * 38, "{rested:?}: of 20 times 5 ms, 19 rests at least");
    drop(beside);
}
