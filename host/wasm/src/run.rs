//! One call on a fresh instance, from the queue to what it came to.

use crate::bindings::{Plugin, PluginPre};
use crate::executor::Account;
use crate::host::Host;
use crate::instance::{Guest, Output, Shared, Terms, TimedOut, Transaction, base, store};
use crate::stop::{self, Stop};
use oyez_model::{Cost, Shortage, StateChanges};
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
    /// What it read and wrote of its plugin's state, whatever it came to.
    pub(crate) state: StateChanges,
}

/// Why a call did not run, or not to an end that counts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRun {
    /// No room on the host.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// What it read of its plugin's state was written meanwhile.
    #[error("what it read of the state was overtaken")]
    Overtaken {
        /// It called somebody outside.
        outside: bool,
    },
}

/// Runs one call of a plugin. Waits for a slot first, and for what every attempt takes of the memory, which counts as neither cpu nor time.
///
/// # Errors
/// The call did not run, or not to an end that counts.
pub(crate) async fn run<C: Call>(host: &Host, account: &Account, pre: &PluginPre<Guest>, terms: Terms, call: C) -> Result<Ran<C::Answer>, NotRun> {
    let limits = terms.limits;
    let permit = host.admission.admit(account, base(&limits)).await;
    let _running = host.ticker.run();
    // Holds the permit, and is dropped last: whoever is let in next finds the instance gone.
    let shared = Arc::new(Shared::new(&terms, permit));
    let work = {
        let shared = shared.clone();
        async move {
            let mut store = store(&host.engine, Guest::new(&host.network, shared, terms), &limits);
            let plugin = pre.instantiate_async(&mut store).await?;
            call.call(&plugin, &mut store).await
        }
    };
    let ended = shared.meter.run(limits.time, work).await;
    let output = std::mem::take(&mut *shared.output.lock());
    let answer = match ended {
        Ok(Ok(answer)) => match shared.http.over() {
            Some((reason, key)) => Err(Stop::OverLimit(reason, Some(key))),
            None => Ok(answer),
        },
        Ok(Err(error)) if stop::is_overtaken(&error) => return Err(NotRun::Overtaken { outside: shared.http.reached_outside() }),
        Ok(Err(error)) => Err(match (stop::why(&error, &shared.meter, &limits, &output)?, shared.http.over()) {
            // As with memory: what follows a refused request follows from it.
            (Stop::Trapped(what), Some((reason, key))) => Stop::OverLimit(format!("{reason}, then: {what}"), Some(key)),
            (stop, _) => stop,
        }),
        Err(TimedOut) => Err(stop::timed_out(&limits)),
    };
    let transaction = shared.state.lock().take();
    let (received, sent) = shared.http.carried();
    let read = transaction.as_ref().map_or(0, Transaction::bytes_read);
    let state = transaction.map(Transaction::into_changes).unwrap_or_default();
    let wrote: usize = state.writes.iter().map(|write| write.value.as_ref().map_or(0, Vec::len)).sum();
    let cost = Cost { bytes_in: received + read, bytes_out: sent + wrote as u64, ..shared.meter.cost() };
    Ok(Ran { answer, cost, output, state })
}
