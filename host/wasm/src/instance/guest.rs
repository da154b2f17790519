//! The store of one call: the guest's side of the host.

use super::limiter::Limiter;
use super::shared::Shared;
use super::terms::{Pairs, Terms};
use crate::engine::STACK_BYTES;
use crate::outgoing::{Network, Outgoing};
use oyez_model::Limits;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::Arc;
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::sockets::WasiSocketsCtx;
use wasmtime_wasi_http::WasiHttpCtx;

/// Resources that a guest may hold at once.
pub(crate) const RESOURCES_MAX: usize = 1_000;
/// What an emission takes beyond its bytes, at most: its fields and some extensions.
const EMISSION_OVERHEAD_BYTES: usize = 1 << 10;

/// How much one crossing from guest to host may carry, in bytes: all emissions twice over, or a write.
fn fuel(limits: &Limits) -> usize {
    let emissions = limits.emissions.saturating_mul(EMISSION_OVERHEAD_BYTES);
    limits.emission_bytes.saturating_mul(2).saturating_add(emissions).saturating_add(64 << 10)
}

/// What one attempt takes of the host before it holds any memory of its own, in bytes: its stack, and what crosses to the host.
pub(crate) fn base(limits: &Limits) -> usize {
    STACK_BYTES.saturating_add(fuel(limits))
}

/// What host functions work on.
pub(crate) struct Guest {
    pub(crate) shared: Arc<Shared>,
    pub(crate) table: ResourceTable,
    pub(crate) config: Pairs,
    pub(crate) environment: Pairs,
    pub(crate) http: WasiHttpCtx,
    pub(crate) outgoing: Outgoing,
    /// With no directory in it.
    pub(crate) filesystem: WasiFilesystemCtx,
    /// Which refuses every address.
    pub(crate) sockets: WasiSocketsCtx,
    random: Random,
    limiter: Limiter,
}

/// Seeded at the first use: most calls use none.
enum Random {
    /// Seeded by the system.
    System,
    Seed([u8; 32]),
    Grown(Box<ChaCha20Rng>),
}

impl Guest {
    pub(crate) fn new(network: &Arc<Network>, shared: Arc<Shared>, terms: Terms) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES_MAX);
        Self {
            limiter: Limiter::new(shared.clone(), terms.limits.memory),
            http: WasiHttpCtx::new(),
            outgoing: Outgoing::new(network.clone(), terms.grants.clone(), shared.clone(), terms.replay),
            random: if terms.grants.random { Random::System } else { Random::Seed(terms.seed) },
            shared,
            table,
            config: terms.config,
            environment: terms.environment,
            filesystem: WasiFilesystemCtx::default(),
            sockets: WasiSocketsCtx::default(),
        }
    }

    /// The delivery's own random numbers, or the system's.
    pub(crate) fn random(&mut self) -> &mut ChaCha20Rng {
        let seed = match self.random {
            Random::Seed(seed) => Some(seed),
            Random::System => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).expect("the system has randomness");
                Some(seed)
            }
            Random::Grown(_) => None,
        };
        if let Some(seed) = seed {
            self.random = Random::Grown(Box::new(ChaCha20Rng::from_seed(seed)));
        }
        match &mut self.random {
            Random::Grown(random) => random,
            Random::Seed(_) | Random::System => unreachable!("grown above"),
        }
    }
}

/// A store under all limits. At each beat the guest gives way, or ends if its cpu is used up.
pub(crate) fn store(engine: &Engine, guest: Guest, limits: &Limits) -> Store<Guest> {
    let mut store = Store::new(engine, guest);
    store.limiter(|guest| &mut guest.limiter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|cx| {
        let over = cx.data().shared.meter.is_over_cpu();
        Ok(if over { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
    });
    store.set_hostcall_fuel(fuel(limits));
    store.set_max_component_handles(RESOURCES_MAX);
    store
}
