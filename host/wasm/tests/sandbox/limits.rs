//! What a guest does to itself stays its own.

use super::guest::{EMISSION, EMIT_SEEN, EMPTY, Guest};
use super::{attempt, delivery, handler, sandbox};
use oyez_model::{Limits, Outcome, Verdict};
use oyez_wasm::Sandbox;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use tokio::task::JoinSet;

const SPIN: &str = "(loop br 0) unreachable";
/// Grows by a MiB until it is refused, then gives up.
const GROW: &str = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";

fn cpu(millis: u64) -> Limits {
    Limits { cpu: Duration::from_millis(millis), ..Limits::default() }
}

#[tokio::test]
async fn a_spinner_is_stopped_at_its_cpu_while_its_neighbours_complete() {
    let sandbox = sandbox();
    let spinner = handler(&sandbox, &Guest::new(SPIN).build(), cpu(400)).await;
    let idle = handler(&sandbox, &Guest::idle().build(), Limits::default()).await;
    let spinning = Arc::new(AtomicBool::new(true));
    let mut neighbours = JoinSet::new();
    for _ in 0..3 {
        let (idle, spinning) = (idle.clone(), spinning.clone());
        neighbours.spawn(async move {
            let mut completed = 0;
            while spinning.load(SeqCst) {
                assert!(matches!(attempt(&idle).await.0, Verdict::Completed(_)));
                completed += 1;
            }
            completed
        });
    }
    let (a, b) = tokio::join!(attempt(&spinner), attempt(&spinner));
    spinning.store(false, SeqCst);
    for (verdict, cost) in [a, b] {
        assert!(matches!(&verdict, Verdict::OverLimit(reason) if reason.contains("`cpu` of 0.4 s")), "{verdict:?}");
        assert!((400_000_000..500_000_000).contains(&cost.cpu_nanos), "{cost:?}");
    }
    for completed in neighbours.join_all().await {
        assert!(completed >= 20, "{completed} attempts beside two spinners on two threads");
    }
}

#[tokio::test]
async fn a_handler_over_its_time_is_timed_out() {
    let limits = Limits { time: Duration::from_millis(50), cpu: Duration::from_secs(60), ..Limits::default() };
    let (verdict, cost) = attempt(&handler(&sandbox(), &Guest::new(SPIN).build(), limits).await).await;
    assert!(matches!(&verdict, Verdict::TimedOut(reason) if reason.contains("`time` of 0.05 s")), "{verdict:?}");
    assert!(cost.wall_nanos >= 50_000_000, "{cost:?}");
}

#[tokio::test]
async fn allocation_without_end_is_over_limit() {
    let limits = Limits { memory: 10 << 20, ..Limits::default() };
    let (verdict, cost) = attempt(&handler(&sandbox(), &Guest::new(GROW).build(), limits).await).await;
    assert!(
        matches!(&verdict, Verdict::OverLimit(reason) if reason.contains("over its `memory` of 10485760") && reason.contains("unreachable")),
        "{verdict:?}"
    );
    assert!((9 << 20..=10 << 20).contains(&cost.memory_bytes), "{cost:?}");
}

#[tokio::test]
async fn a_guest_that_takes_no_for_an_answer_completes() {
    let grow = GROW.replace("unreachable", &format!("i32.const {EMPTY}"));
    assert!(matches!(attempt(&handler(&sandbox(), &Guest::new(grow).build(), Limits::default()).await).await.0, Verdict::Completed(_)));
}

#[tokio::test]
async fn where_the_host_is_short_the_attempt_did_not_run() {
    let sandbox = Sandbox::builder().compile_in_process().memory(128 << 20).build().unwrap();
    let hold = GROW.replace("unreachable", SPIN);
    let endless = Limits { cpu: Duration::from_secs(3600), time: Duration::from_secs(3600), ..Limits::default() };
    let holder = handler(&sandbox, &Guest::new(hold).build(), endless).await;
    let greedy = handler(&sandbox, &Guest::new(GROW).build(), Limits { memory: 100 << 20, ..Limits::default() }).await;
    // It begins again where the greedy one was first to hold what there is.
    let held = async {
        loop {
            if let Outcome::Settled { verdict, .. } = holder.attempt(delivery(1)).await {
                break verdict;
            }
        }
    };
    tokio::select! {
        verdict = held => panic!("{verdict:?}"),
        // Until the holder has come to hold what it may.
        () = async { while !matches!(greedy.attempt(delivery(1)).await, Outcome::NotRun(_)) {} } => {}
    }
    // What it took comes back once it is gone.
    while matches!(greedy.attempt(delivery(1)).await, Outcome::NotRun(_)) {}
}

#[tokio::test]
async fn a_trap_is_trapped_with_its_kind() {
    let sandbox = sandbox();
    for (body, kind) in [
        ("unreachable", "unreachable"),
        ("(i32.load (i32.const -4))", "out of bounds"),
        ("(i32.div_u (i32.const 1) (i32.const 0))", "divide by zero"),
        ("(call 2 (i32.const 0))", "call stack exhausted"),
    ] {
        let verdict = attempt(&handler(&sandbox, &Guest::new(body).build(), Limits::default()).await).await.0;
        assert!(matches!(&verdict, Verdict::Trapped(reason) if reason.contains(kind) && !reason.contains('\n')), "{kind}: {verdict:?}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_trapped() {
    let sandbox = sandbox();
    for body in ["i32.const -8", "(i32.store8 (i32.const 8192) (i32.const 9)) (i32.const 8192)"] {
        let verdict = attempt(&handler(&sandbox, &Guest::new(body).build(), Limits::default()).await).await.0;
        assert!(matches!(&verdict, Verdict::Trapped(_)), "{verdict:?}");
    }
}

/// Emits what it sees, with so many bytes of data, and so many times.
fn emitting(bytes: u32, times: u32) -> Guest {
    let (data, list) = (EMISSION + 100, EMIT_SEEN + 12);
    let body =
        format!("(i32.store (i32.const {data}) (i32.const {bytes})) (i32.store (i32.const {list}) (i32.const {times})) (i32.const {EMIT_SEEN})");
    Guest { pages: 80, ..Guest::new(body) }
}

#[tokio::test]
async fn too_much_given_back_is_over_limit_before_it_is_copied() {
    let sandbox = sandbox();
    for (bytes, times, says) in [
        (4 << 20, 1, "at once than its 1048576 `emission_bytes`"),
        (1_000_000, 1, "1000001 bytes, over the limit of 921600 for any event"),
        (64, 65, "gave back 65 emissions, over its `emissions` of 64"),
        (64, 40_000, "at once"),
    ] {
        let verdict = attempt(&handler(&sandbox, &emitting(bytes, times).build(), Limits::default()).await).await.0;
        assert!(matches!(&verdict, Verdict::OverLimit(reason) if reason.contains(says)), "{bytes} × {times}: {verdict:?}");
    }
    let (verdict, _) = attempt(&handler(&sandbox, &emitting(900_000, 1).build(), Limits::default()).await).await;
    assert!(matches!(verdict, Verdict::Completed(_)));
}

#[tokio::test]
async fn a_handler_says_retry_or_reject_itself() {
    let answer = |kind: u32| {
        format!("(i32.store8 (i32.const {EMPTY}) (i32.const 1)) (i32.store8 (i32.const {}) (i32.const {kind})) (i32.const {EMPTY})", EMPTY + 8)
    };
    let sandbox = sandbox();
    let retry = attempt(&handler(&sandbox, &Guest::new(answer(0)).build(), Limits::default()).await).await.0;
    assert!(matches!(retry, Verdict::Retry { after: None, .. }), "{retry:?}");
    let reject = attempt(&handler(&sandbox, &Guest::new(answer(1)).build(), Limits::default()).await).await.0;
    assert!(matches!(reject, Verdict::Rejected(_)), "{reject:?}");
}

#[tokio::test]
async fn dropping_the_future_ends_the_attempt() {
    let sandbox = Sandbox::builder().compile_in_process().slots(4).threads(1).build().unwrap();
    let endless = Limits { cpu: Duration::from_secs(3600), time: Duration::from_secs(3600), ..Limits::default() };
    let spinner = handler(&sandbox, &Guest::new(SPIN).build(), endless).await;
    let idle = handler(&sandbox, &Guest::idle().build(), Limits::default()).await;
    for _ in 0..4 {
        tokio::select! {
            biased;
            (verdict, _) = attempt(&spinner) => panic!("{verdict:?}"),
            (verdict, _) = attempt(&idle) => assert!(matches!(verdict, Verdict::Completed(_))),
        }
    }
}

#[tokio::test]
async fn attempts_over_the_slots_queue_and_all_run() {
    let sandbox = Sandbox::builder().compile_in_process().slots(1).threads(2).build().unwrap();
    let idle = handler(&sandbox, &Guest::idle().build(), Limits::default()).await;
    let mut attempts = JoinSet::new();
    for _ in 0..200 {
        let idle = idle.clone();
        attempts.spawn(async move { attempt(&idle).await.0 });
    }
    assert!(attempts.join_all().await.iter().all(|verdict| matches!(verdict, Verdict::Completed(_))));
}
