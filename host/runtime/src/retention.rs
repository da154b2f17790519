//! Lets go of what the log need not keep: looks now and then at its oldest pieces, and whether anybody is still behind them.

use crate::driver::Input;
use crate::host::Inner;
use oyez_engine::{ControlError, Engine, Progress, Unavailable};
use oyez_model::port::{Extent, LogError, ViewsError};
use oyez_model::{OnFull, Retention, Sequence, SubscriptionNumber, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The log is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why it could not be done this time; it is tried again.
#[derive(Debug, thiserror::Error)]
enum RetentionError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Views(#[from] ViewsError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error("it was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// What a look at the log came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Everything below it goes.
    below: Sequence,
    /// Who misses something of that.
    behind: Vec<SubscriptionNumber>,
    /// The log is at its length, and nothing may go.
    full: Option<String>,
}

/// Starts the task. Nothing is to be done where all is kept.
pub(crate) fn start(inner: &Arc<Inner>, retention: Retention, dedup_window: Duration) -> Option<JoinHandle<()>> {
    if retention.keep_age.is_none() && retention.keep_bytes.is_none() {
        return None;
    }
    let inner = Arc::downgrade(inner);
    Some(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(inner) = Weak::upgrade(&inner) else { return };
            if let Err(error) = look(&inner, retention, dedup_window).await {
                tracing::error!(%error, "the log could not let go of what it need not keep; it is tried again");
            }
        }
    }))
}

async fn look(inner: &Inner, retention: Retention, dedup_window: Duration) -> Result<(), RetentionError> {
    let (engine, now) = (inner.engine.clone(), inner.clock.now());
    let planning = engine.clone();
    let Plan { below, behind, full } = tokio::task::spawn_blocking(move || plan(&planning, retention, now)).await??;
    if let Some(why) = &full {
        tracing::error!("{why}");
    }
    engine.refuse(full.map(|message| Unavailable { code: "log-full", message }));
    if below == Sequence(0) {
        return Ok(());
    }
    for number in behind {
        gap(inner, number, below.previous()).await?;
    }
    bit_by_bit(&engine, move |engine, from| engine.keep_copies(below, from)).await?;
    // Only what stands behind a checkpoint may go; one that is on its way is waited for by the next look.
    if engine.checkpoint().await.is_some_and(|stands| stands >= below.previous()) {
        engine.trim(below).await?;
        tracing::info!(%below, first = %engine.first(), "the log has let go of what it need not keep");
        let now = inner.clock.now();
        bit_by_bit(&engine, move |engine, from| engine.forget_ids(dedup_window, now, from)).await?;
    }
    Ok(())
}

/// Does something to all of a view, with checkpoints between, so that it takes no more memory than it must.
async fn bit_by_bit<F>(engine: &Engine, bit: F) -> Result<(), RetentionError>
where
    F: Fn(&Engine, Vec<u8>) -> Result<Option<Vec<u8>>, ViewsError> + Clone + Send + 'static,
{
    let mut from = Vec::new();
    loop {
        let (of, bit) = (engine.clone(), bit.clone());
        match tokio::task::spawn_blocking(move || bit(&of, from)).await?? {
            Some(next) => from = next,
            None => return Ok(()),
        }
        engine.checkpoint().await;
    }
}

/// Which pieces go: from the oldest one up, as long as one is too old or the log too long, and nobody holds it.
fn plan(engine: &Engine, retention: Retention, now: Timestamp) -> Result<Plan, LogError> {
    let Retention { keep_age, keep_bytes, hold, on_full } = retention;
    let mut plan = Plan::default();
    let extents = engine.extents();
    let mut length: u64 = extents.iter().map(|extent| extent.bytes).sum();
    for (i, Extent { last, bytes, .. }) in extents.iter().copied().enumerate().filter(|(_, extent)| extent.last >= extent.first) {
        let age = engine.accepted_at(last)?.map(|accepted| now.since(accepted)).unwrap_or_default();
        let too_old = keep_age.is_some_and(|keep| age > keep);
        // What is being written stays, however short the log is to be.
        let too_long = keep_bytes.is_some_and(|keep| length > keep) && i + 1 < extents.len();
        if !too_old && !too_long {
            break;
        }
        let behind = behind(engine, last)?;
        if let Some(first) = behind.first() {
            if on_full == OnFull::Refuse {
                plan.full = too_long.then(|| refusal(length, keep_bytes.unwrap_or_default(), first));
                break;
            }
            if !too_long && age <= hold {
                break;
            }
        }
        plan.behind = behind.iter().map(|progress| progress.number).collect();
        plan.below = last.next();
        length -= bytes;
    }
    Ok(plan)
}

fn refusal(length: u64, keep: u64, behind: &Progress) -> String {
    format!(
        "the log has {length} bytes, over `keep_bytes` = {keep}, and `{}` is not past the oldest of them: let it catch up, raise `keep_bytes`, or set `on_full = \"gap\"`",
        behind.id
    )
}

/// Who still needs something at or below a place. Whoever is only not told that nothing there is for it is told now.
fn behind(engine: &Engine, last: Sequence) -> Result<Vec<Progress>, LogError> {
    let mut behind = Vec::new();
    for progress in engine.readers().into_iter().filter(|progress| progress.place < last) {
        match engine.missed(progress.number, last, &[], true)? {
            (Some(first), _) => {
                engine.advance(progress.number, first.previous());
                behind.push(progress);
            }
            (None, _) => engine.advance(progress.number, last),
        }
    }
    Ok(behind)
}

/// A subscription misses what it has not taken up to a place; what it has taken it gets.
async fn gap(inner: &Inner, number: SubscriptionNumber, to: Sequence) -> Result<(), RetentionError> {
    let (done, taken) = oneshot::channel();
    let _ = inner.inputs.send(Input::BeforeGap(number, to, done));
    let kept = taken.await.unwrap_or_default();
    let (engine, except) = (inner.engine.clone(), kept.clone());
    let (_, events) = tokio::task::spawn_blocking(move || engine.missed(number, to, &except, false)).await??;
    inner.engine.gap(number, to, events, kept.clone()).await?;
    let _ = inner.inputs.send(Input::AfterGap(number, to, kept));
    if let Some(progress) = inner.engine.progress(number).filter(|_| events > 0) {
        tracing::error!(subscription = %progress.id, %to, events, "a gap: the log let go of events that this subscription had not taken");
    }
    Ok(())
}
