//! How much memory a call may hold: the sum of its memories, tables and GC heap.

use super::shared::Shared;
use crate::engine::{CORE_INSTANCES_MAX, MEMORIES_MAX, MEMORY_BYTES_MAX, TABLES_MAX};
use std::sync::Arc;
use wasmtime::{Error, ResourceLimiter, Result};

/// What an element of a table takes, in bytes.
const ELEMENT_BYTES: usize = 8;

/// The host has no memory left for a growth of so many bytes.
#[derive(Debug, thiserror::Error)]
#[error("{0} bytes more are not left of the plugin's share of the memory for all guests")]
pub(crate) struct NoMemory(pub(crate) usize);

/// Refuses growth over the call's own limit (the guest sees -1, and may go on), and stops the call where the host has no more.
#[derive(Debug)]
pub(crate) struct Limiter {
    shared: Arc<Shared>,
    used: usize,
    max: usize,
}

impl Limiter {
    pub(crate) fn new(shared: Arc<Shared>, max: usize) -> Self {
        Self { shared, used: 0, max }
    }

    /// What was charged stays charged, even if the growth then fails: a failure does not say how much it was for.
    fn grow(&mut self, current: usize, desired: usize, largest: usize) -> Result<bool> {
        let more = desired.saturating_sub(current);
        let used = self.used.saturating_add(more);
        if used > self.max || desired > largest {
            self.shared.meter.deny(used);
            return Ok(false);
        }
        if !self.shared.permit.lock().grow(more) {
            return Err(Error::new(NoMemory(more)));
        }
        self.used = used;
        self.shared.meter.holds(used);
        Ok(true)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        // Over the maximum that the guest itself declares: its own affair.
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        self.grow(current, desired, MEMORY_BYTES_MAX)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        self.grow(current.saturating_mul(ELEMENT_BYTES), desired.saturating_mul(ELEMENT_BYTES), usize::MAX)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_MAX as usize
    }

    fn tables(&self) -> usize {
        TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}
