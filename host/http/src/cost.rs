//! What attempts used, as the API says it.

use oyez::{Cost, Used};
use serde::Serialize;

/// What an attempt used, or some together: sums, and of the memory the most that one held.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CostJson {
    cpu_nanos: u64,
    wall_nanos: u64,
    /// Within host calls: state, outgoing HTTP.
    host_nanos: u64,
    memory_bytes: u64,
    /// Events, what was read of the state, what came by HTTP.
    bytes_in: u64,
    /// Emissions, what was written to the state, what went by HTTP.
    bytes_out: u64,
}

/// The same, with how many attempts there were.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct UsedJson {
    attempts: u64,
    #[serde(flatten)]
    cost: CostJson,
}

impl From<Cost> for CostJson {
    fn from(cost: Cost) -> Self {
        let Cost { cpu_nanos, wall_nanos, memory_bytes, host_nanos, bytes_in, bytes_out } = cost;
        Self { cpu_nanos, wall_nanos, host_nanos, memory_bytes, bytes_in, bytes_out }
    }
}

impl From<Used> for UsedJson {
    fn from(used: Used) -> Self {
        Self { attempts: used.attempts, cost: used.cost.into() }
    }
}
