//! What one attempt of a handler may use. All on by default.

use std::time::Duration;

/// What one attempt may use. A limit that is passed is a settlement, never an error of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// CPU time. Default = 1 s.
    pub cpu: Duration,
    /// Wall time, waiting included, queueing for a core not. Default = 30 s. Raise it for handlers that wait for a slow service.
    pub time: Duration,
    /// The sum of all memories and tables, in bytes. Default = 64 MiB.
    pub memory: usize,
    /// Emissions. Default = 64, at most 900.
    pub emissions: usize,
    /// The sum of all emissions, in bytes. Default = 1 MiB; each is at most 900 KiB.
    pub emission_bytes: usize,
    /// All of the plugin's state, keys and values, in bytes. Default = 64 MiB.
    pub state_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(1),
            time: Duration::from_secs(30),
            memory: 64 << 20,
            emissions: 64,
            emission_bytes: 1 << 20,
            state_bytes: 64 << 20,
        }
    }
}
