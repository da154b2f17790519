//! One call on a fresh instance, from the queue to what it came to.

use crate::bindings::{Plugin, PluginPre};
use crate::budget::Charge;
use crate::host::Host;
use crate::instance::{Guest, Output, Shared, Terms, TimedOut, base, store};
use crate::stop::{self, Stop};
use oyez_model::{Cost, Shortage};
use std::sync::Arc;
use wasmtime::Store;

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
            let mut store = store(&host.engine, Guest::new(shared, charge, terms), &limits);
            let plugin = pre.instantiate_async(&mut store).await?;
            call.call(&plugin, &mut store).await
        }
    };
    let ended = shared.meter.run(limits.time, work).await;
    let output = std::mem::take(&mut *shared.output.lock());
    let answer = match ended {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(stop::why(&error, &shared.meter, &limits, &output)?),
        Err(TimedOut) => Err(stop::timed_out(&limits)),
    };
    Ok(Ran { answer, cost: shared.meter.cost(), output })
}
