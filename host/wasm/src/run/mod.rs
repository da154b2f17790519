//! One call on a fresh instance, from the queue to what it came to.

mod limiter;
mod meter;
mod output;
mod stop;
mod store;

pub(crate) use meter::Meter;
pub(crate) use output::{Channel, Output};
pub(crate) use stop::RandomTooLong;
use stop::Stop;
pub(crate) use store::{Guest, Shared, base};

use crate::bindings::{Plugin, PluginPre};
use crate::budget::Charge;
use crate::sandbox::Host;
use oyez_model::{Cost, Limits, Shortage, Timestamp};
use std::sync::Arc;
use wasmtime::Store;

/// What a call may use, and what it finds.
pub(crate) struct Terms {
    /// What it may use.
    pub(crate) limits: Limits,
    /// What `wasi:config` reads.
    pub(crate) config: Arc<[(String, String)]>,
    /// Where its wall clock starts.
    pub(crate) begins: Timestamp,
    /// What its randomness grows from.
    pub(crate) seed: [u8; 32],
}

/// An export to be called.
pub(crate) trait Call: Send {
    /// What it gives back.
    type Answer: Send;

    /// Calls it.
    fn call(self, plugin: &Plugin, store: &mut Store<Guest>) -> impl Future<Output = wasmtime::Result<Self::Answer>> + Send;
}

/// What a call came to.
pub(crate) struct Ran<T> {
    /// Its answer, or what stopped it.
    pub(crate) answer: Result<T, Stop>,
    /// What it used.
    pub(crate) cost: Cost,
    /// What it said: taken by whoever tells it.
    pub(crate) output: Output,
}

/// Runs one call. Waits for a slot first, which counts as neither cpu nor time.
///
/// # Errors
/// No room on the host: the call did not run, or not to an end that counts.
pub(crate) async fn run<C: Call>(host: &Host, pre: &PluginPre<Guest>, terms: Terms, call: C) -> Result<Ran<C::Answer>, Shortage> {
    // Declared first, so dropped last: whoever is let in next finds the instance gone.
    let _slot = host.slots.acquire().await.expect("the semaphore is never closed");
    let limits = terms.limits;
    let base = base(&limits);
    let Some(charge) = Charge::take(&host.memory, base) else {
        return Err(stop::no_memory(base, &host.memory));
    };
    let _running = host.ticker.run();
    let shared = Arc::new(Shared::new(&limits, terms.begins));
    let work = {
        let shared = shared.clone();
        async move {
            let mut store = store::new(&host.engine, Guest::new(shared, charge, terms), &limits);
            let plugin = pre.instantiate_async(&mut store).await?;
            call.call(&plugin, &mut store).await
        }
    };
    let ended = shared.meter.run(limits.time, work).await;
    let output = std::mem::take(&mut *shared.output.lock());
    let answer = match ended {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(stop::why(&error, &shared.meter, &limits, &output)?),
        Err(meter::TimedOut) => Err(stop::timed_out(&limits)),
    };
    Ok(Ran { answer, cost: shared.meter.cost(), output })
}
