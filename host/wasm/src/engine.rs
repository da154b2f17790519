//! The engine: how guests are compiled and where their memory comes from. One for all plugins.

use crate::error::SandboxError;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// The stack of one attempt, host functions included, in bytes.
pub(crate) const STACK_BYTES: usize = 2 << 20;
/// What of it the guest's own code may take, in bytes.
pub(crate) const CORE_STACK_BYTES: usize = 512 << 10;
/// The largest single memory, in bytes, whatever a plugin's limit says.
pub(crate) const MEMORY_BYTES_MAX: usize = 1 << 30;
/// Core instances of one component.
pub(crate) const CORE_INSTANCES_MAX: u32 = 32;
/// Memories of one component.
pub(crate) const MEMORIES_MAX: u32 = 4;
/// Tables of one component.
pub(crate) const TABLES_MAX: u32 = 8;
/// Elements of one table: room for the runtimes of whole languages.
pub(crate) const TABLE_ELEMENTS_MAX: usize = 1 << 16;
/// What of a memory is zeroed in place when its instance ends, rather than given back to the kernel, in bytes.
const KEPT_BYTES: usize = 2 << 20;

/// Starts the engine on a pool of so many slots. Where the address space for the pool cannot be reserved, memory is taken on demand
/// (some 20 to 30 us more an attempt), and the reason comes second.
///
/// # Errors
/// A machine on which neither starts.
pub(crate) fn start(slots: usize) -> Result<(Engine, Option<String>), SandboxError> {
    let slots = u32::try_from(slots).expect("the builder bounds the slots");
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots)));
    let refused = match Engine::new(&config) {
        Ok(engine) => return Ok((engine, None)),
        Err(error) => format!("{error:#}"),
    };
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    let engine = Engine::new(&config).map_err(|e| SandboxError::Engine(format!("{e:#}")))?;
    tracing::warn!(reason = refused, slots, "no pool of instances: memory is taken on demand, and each attempt costs more");
    Ok((engine, Some(refused)))
}

/// The engine of a compiler child: the same machine code, and nothing reserved to run it.
///
/// # Errors
/// A machine on which it does not start.
pub(crate) fn for_artefacts() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand).parallel_compilation(false);
    Engine::new(&config)
}

/// The flags that fix determinism stand here from the first day: what is cached one day was compiled under them.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .shared_memory(false)
        .wasm_backtrace_max_frames(None)
        .async_stack_size(STACK_BYTES)
        .max_wasm_stack(CORE_STACK_BYTES);
    config
}

/// Totals are slots × caps, so that whoever has a slot has all that its component may need.
fn pool(slots: u32) -> PoolingAllocationConfig {
    // Without the kernel's page map (Linux before 6.7) every kept byte would be zeroed, dirty or not.
    let kept = if PoolingAllocationConfig::is_pagemap_scan_available() { KEPT_BYTES } else { 0 };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_stacks(slots)
        .total_gc_heaps(slots)
        .total_core_instances(slots * CORE_INSTANCES_MAX)
        .total_memories(slots * MEMORIES_MAX)
        .total_tables(slots * TABLES_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(MEMORIES_MAX)
        .max_tables_per_component(TABLES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(MEMORY_BYTES_MAX)
        .linear_memory_keep_resident(kept)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}
