//! The laws of `Handler`, one suite for native handlers and components.

use super::guest::{EMIT_SEEN, Guest, SEEN};
use crate::native::{Delivered, Failure, Native};
use oyez_model::event::Event;
use oyez_model::port::{Handler, Loader, PluginSettings};
use oyez_model::{Build, Delivery, Emission, Limits, Outcome, PluginName, Recorded, Sequence, Settlement, SubscriptionName, Timestamp, Verdict};
use oyez_wasm::Sandbox;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const SPIN: &str = "(loop br 0) unreachable";
/// Sees the delivery's randomness, and how often this memory was used.
const SEES: (&str, &str) = ("wasi:random/random@0.2.0", r#"(import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))"#);
const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(50);

/// What of one implementation the laws are tried on.
struct Tried {
    /// What fails, and how that is told.
    failing: Vec<(Arc<dyn Handler>, Settlement)>,
    /// Gives back what it is given.
    echo: Arc<dyn Handler>,
    /// Never ends of itself.
    endless: Arc<dyn Handler>,
    /// Tells of each attempt of `endless` that is gone; nothing where others could not run beside one that is not.
    gone: Option<mpsc::UnboundedReceiver<()>>,
}

type Result = std::result::Result<Vec<Emission>, Failure>;

fn native() -> Tried {
    /// Tells when it is dropped.
    struct Guard(mpsc::UnboundedSender<()>);

    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    fn handler<R: Future<Output = Result> + Send + 'static>(
        time: Duration,
        run: impl Fn(cloudevents::Event, Delivered) -> R + Send + Sync + 'static,
    ) -> Arc<dyn Handler> {
        Arc::new(Native::new(run, time))
    }

    let (tell, gone) = mpsc::unbounded_channel();
    let echo = |_, delivered: Delivered| async move {
        tokio::task::yield_now().await;
        Ok(vec![Emission { ty: format!("{} {}", delivered.sequence, delivered.idempotency_key), ..Emission::default() }])
    };
    let failing = vec![
        (handler(LONG, |_, _| async { Err(Failure::retry("later")) }), Settlement::Retry),
        (handler(LONG, |_, _| async { Err(Failure::reject("never")) }), Settlement::Rejected),
        (handler(LONG, |_, _| async { panic!("when polled") }), Settlement::Trapped),
        (handler(LONG, |_, _| -> std::future::Ready<Result> { panic!("when called") }), Settlement::Trapped),
        (handler(SHORT, |_, _| std::future::pending()), Settlement::TimedOut),
    ];
    let endless = handler(LONG, move |_, _| {
        let guard = Guard(tell.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok(Vec::new())
        }
    });
    Tried { failing, echo: handler(LONG, echo), endless, gone: Some(gone) }
}

async fn wasm() -> Tried {
    let sandbox = Sandbox::builder().compile_in_process().slots(2).threads(2).build().unwrap();
    let handler = async |guest: Guest, limits: Limits| {
        let settings = PluginSettings { limits, ..PluginSettings::default() };
        sandbox.load(PluginName::new("guest").unwrap(), Build::of(guest.build()), settings).await.unwrap().handler
    };
    let limits = |cpu, time| Limits { cpu, time, ..Limits::default() };
    let (uses, next) = (SEEN + 8, "(i64.add (i64.load (i32.const 8456)) (i64.const 1))");
    assert_eq!(uses, 8456);
    let echo = format!("(i64.store (i32.const {SEEN}) (call $random)) (i64.store (i32.const {uses}) {next}) (i32.const {EMIT_SEEN})");
    let mut failing = Vec::new();
    for (body, cpu, time, settlement) in [
        ("unreachable", LONG, LONG, Settlement::Trapped),
        ("(i32.load (i32.const -4))", LONG, LONG, Settlement::Trapped),
        ("(call 2 (i32.const 0))", LONG, LONG, Settlement::Trapped),
        (SPIN, SHORT, LONG, Settlement::OverLimit),
        (SPIN, LONG, SHORT, Settlement::TimedOut),
    ] {
        failing.push((handler(Guest::new(body), limits(cpu, time)).await, settlement));
    }
    Tried {
        failing,
        echo: handler(Guest::new(echo).importing(&[SEES.0], SEES.1), Limits::default()).await,
        endless: handler(Guest::new(SPIN), limits(LONG, LONG)).await,
        gone: None,
    }
}

fn delivery(n: u8) -> Delivery {
    let event = Event::new(n.to_string(), "/tests", "a.b.v1").unwrap();
    Delivery {
        subscription: SubscriptionName::new("on-any").unwrap(),
        recorded: Arc::new(Recorded { sequence: Sequence(n.into()), accepted: Timestamp::from_nanos(1), lineage: None, event }),
        attempt: 1,
        idempotency_key: format!("{n:032}"),
        replay: false,
        seed: [n; 32],
        state: None,
    }
}

async fn attempt(handler: &Arc<dyn Handler>, n: u8) -> Verdict {
    match handler.attempt(delivery(n)).await {
        Outcome::Settled { verdict, .. } => verdict,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn law_1_an_attempt_ends_whatever_the_code_does_and_its_failure_is_data() {
    for tried in [native(), wasm().await] {
        for (handler, settlement) in &tried.failing {
            assert_eq!(attempt(handler, 1).await.settlement(), *settlement, "{handler:?}");
        }
        assert_eq!(attempt(&tried.echo, 1).await.settlement(), Settlement::Completed, "it hurt nobody else");
    }
}

#[tokio::test]
async fn law_2_what_one_attempt_is_given_is_in_no_others_outcome() {
    for Tried { echo, .. } in [native(), wasm().await] {
        let mut alone = Vec::new();
        for n in 0..16 {
            alone.push(format!("{:?}", attempt(&echo, n).await));
        }
        assert!((1..16).all(|n| alone[n] != alone[0]), "it sees what it is given: {alone:?}");
        let mut beside = tokio::task::JoinSet::new();
        for n in (0..16).cycle().take(160) {
            let echo = Arc::clone(&echo);
            beside.spawn(async move { (n, format!("{:?}", attempt(&echo, n).await)) });
        }
        assert!(beside.join_all().await.into_iter().all(|(n, said)| said == alone[usize::from(n)]));
    }
}

#[tokio::test]
async fn law_3_dropping_the_future_ends_the_attempt() {
    for Tried { echo, endless, mut gone, .. } in [native(), wasm().await] {
        // More than there are slots and threads in the sandbox.
        for n in 0..6 {
            let mut running = endless.attempt(delivery(n));
            tokio::select! {
                biased;
                outcome = &mut running => panic!("{outcome:?}"),
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
            }
            drop(running);
            if let Some(gone) = &mut gone {
                gone.recv().await.unwrap();
            }
        }
        assert_eq!(attempt(&echo, 1).await.settlement(), Settlement::Completed);
    }
}
