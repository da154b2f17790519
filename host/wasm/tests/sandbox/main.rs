//! The promises of the sandbox, held on components that are made here: a core module in text, with the contract put onto it.
//!
//! Plugins built by real toolchains are tried by the black-box tests of the workspace.

mod baseline;
mod guest;
mod laws;
mod limits;
mod load;

use oyez_model::event::{Data, Event};
use oyez_model::port::{Handler, LoadError, Loader, Plugin, PluginSettings};
use oyez_model::{Build, Cost, Delivery, Emission, Limits, Outcome, PluginName, Recorded, Sequence, SubscriptionName, Timestamp, Verdict};
use oyez_wasm::Sandbox;
use std::sync::Arc;

/// When every event of these tests was accepted, in nanoseconds.
const ACCEPTED: u64 = 1_763_000_000_999_999_500;

fn sandbox() -> Sandbox {
    Sandbox::builder().compile_in_process().slots(8).threads(2).build().expect("a sandbox starts")
}

async fn load(sandbox: &Sandbox, wasm: &[u8], settings: PluginSettings) -> Result<Plugin, LoadError> {
    // Another component is another plugin, with a share of its own.
    let build = Build::of(wasm);
    let name = PluginName::new(&format!("guest-{:.20}", build.version().to_string())).expect("a name");
    sandbox.load(name, build, settings).await
}

/// A handler of this component, under these limits.
async fn handler(sandbox: &Sandbox, wasm: &[u8], limits: Limits) -> Arc<dyn Handler> {
    load(sandbox, wasm, PluginSettings { limits, ..PluginSettings::default() }).await.expect("the guest loads").handler
}

fn delivery(seed: u8) -> Delivery {
    let event = Event::new("1", "/shop", "shop.order.placed.v1").expect("an event");
    Delivery {
        subscription: SubscriptionName::new("on-any").expect("a name"),
        recorded: Arc::new(Recorded { sequence: Sequence(7), accepted: Timestamp::from_nanos(ACCEPTED), lineage: None, event }),
        attempt: 1,
        idempotency_key: "0".repeat(32),
        replay: false,
        seed: [seed; 32],
        state: None,
    }
}

/// One attempt that ran.
async fn attempt(handler: &Arc<dyn Handler>) -> (Verdict, Cost) {
    match handler.attempt(delivery(1)).await {
        Outcome::Settled { verdict, cost, .. } => (verdict, cost),
        Outcome::Overtaken { .. } => panic!("it keeps no state"),
        Outcome::NotRun(shortage) => panic!("{shortage}"),
    }
}

/// What a completed attempt emitted.
async fn emissions(handler: &Arc<dyn Handler>, seed: u8) -> Vec<Emission> {
    match handler.attempt(delivery(seed)).await {
        Outcome::Settled { verdict: Verdict::Completed(emissions), .. } => emissions,
        other => panic!("{other:?}"),
    }
}

/// The bytes that a guest saw and emitted, as numbers.
async fn seen(handler: &Arc<dyn Handler>, seed: u8) -> Vec<u64> {
    let emissions = emissions(handler, seed).await;
    let Some(Data::Binary(bytes)) = &emissions[0].data else { panic!("{emissions:?}") };
    bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes"))).collect()
}
