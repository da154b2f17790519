//! How a subscription is taken up: its epoch written, its rows read, handed to the dispatcher.

use crate::driver::Input;
use crate::error::SubscribeError;
use crate::host::{Host, Inner};
use crate::native::Subscription;
use crate::rebuild;
use crate::rows::open_rows;
use crate::wanted::Wanted;
use oyez_dispatch::{Attachment, Runner, interrupted};
use oyez_engine::{Engine, SettleError, StateTerms};
use oyez_model::port::Started;
use oyez_model::{OnReturn, Sequence, Start, SubscriptionId, SubscriptionNumber, SubscriptionSpec};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Host {
    /// Adds a native subscriber, or puts another handler and policy in the place of the one of that name.
    ///
    /// # Errors
    /// Its epoch cannot be written.
    pub async fn subscribe(&self, subscription: Subscription) -> Result<(), SubscribeError> {
        let Subscription { id, spec, limits, handler } = subscription;
        let plugin = id.plugin.clone();
        let paused = self.0.stands_still(&plugin);
        let runner = Runner { handler, version: None, state: false, sources: Arc::default() };
        let wanted = Wanted { id, spec, limits, runner, paused, rebuild: None, returns: false };
        let subscribed = attach(&self.0, wanted.clone()).await?;
        self.0.table.lock().add_native(subscribed, &wanted, self.synced());
        rebuild::resume(&self.0, &plugin).await;
        Ok(())
    }
}

/// Takes up a subscription, or changes the one that runs.
pub(crate) async fn attach(inner: &Inner, wanted: Wanted) -> Result<SubscriptionNumber, SubscribeError> {
    let Inner { engine, inputs, .. } = inner;
    let Wanted { id, spec, limits, runner, paused, returns, rebuild, .. } = wanted;
    let known = engine.number(&id);
    if let Some(number) = known {
        let (done, held) = tokio::sync::oneshot::channel();
        let _ = inputs.send(Input::Hold(number, done));
        let _ = held.await;
    }
    let place = if known.is_some() { None } else { start(engine, spec.start)? };
    let number = engine.subscribe(id.clone(), spec.filters.clone(), spec.ordering, place).await?;
    if returns && known.is_some() && spec.on_return == OnReturn::New {
        engine.pass_over(number).await?;
    }
    let suspects = count_interrupted(inner, number, &id, &spec).await;
    let reader = engine.clone();
    let read = move || open_rows(&reader, number);
    let open = tokio::task::spawn_blocking(read).await.map_err(|error| SubscribeError::Read(error.to_string()))??;
    let progress = engine.progress(number).ok_or_else(|| SubscribeError::Read("it was not kept".to_owned()))?;
    let _ = inputs.send(Input::Attach(Box::new(Attachment { progress, open, spec, limits, runner, paused, rebuild, suspects })));
    Ok(number)
}

/// Counts the attempts that ran when the last process ended without warning, and gives back of which deliveries.
async fn count_interrupted(inner: &Inner, number: SubscriptionNumber, id: &SubscriptionId, spec: &SubscriptionSpec) -> BTreeSet<Sequence> {
    let (register, ours) = {
        let mut starts = inner.starts.lock();
        let ours: Vec<_> = starts.found.extract_if(.., |(_, started)| started.number == number).collect();
        (Arc::clone(&starts.register), ours)
    };
    // All are asked for before the first is waited for, so that they share their syncs.
    let mut answers = Vec::with_capacity(ours.len());
    for (slot, started) in ours {
        let kept = inner.engine.row(number, started.sequence).and_then(|row| row.recorded);
        let Some(recorded) = kept.or_else(|| inner.engine.event(started.sequence)) else {
            register.end(slot);
            continue;
        };
        let settle = interrupted(&started, spec, &recorded, fastrand::u64(..), inner.clock.now());
        let (reply, answer) = tokio::sync::oneshot::channel();
        let written = move |result: Result<_, SettleError>| {
            let _ = reply.send(result.is_ok());
        };
        inner.engine.settle(Box::new(settle), StateTerms::default(), Arc::new(recorded), Box::new(written));
        answers.push((slot, started, answer));
    }
    let mut suspects = BTreeSet::new();
    for (slot, started, answer) in answers {
        // Otherwise it had come to its end, and only word of that was lost.
        if answer.await.unwrap_or(false) {
            let Started { sequence, attempt, .. } = started;
            tracing::warn!(subscription = %id, %sequence, attempt, "the host ended without warning while this attempt ran; it counts");
            suspects.insert(sequence);
        }
        register.end(slot);
    }
    suspects
}

/// Everything at or below this place is not for a subscription that was never seen; nothing is the epoch's own place.
fn start(engine: &Engine, start: Start) -> Result<Option<Sequence>, SubscribeError> {
    Ok(match start {
        Start::New => None,
        Start::Beginning => Some(engine.first().previous()),
        Start::At(sequence) => Some(sequence.previous()),
        Start::Since(time) => Some(engine.since(time)?.previous()),
    })
}
