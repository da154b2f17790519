//! What one attempt of a handler may use. All on by default.

use crate::units::{show_bytes, show_duration};
use std::fmt;
use std::ops::RangeInclusive;
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
    /// All of the plugin's state, in bytes: keys, values, and 64 for each key on top. Default = 64 MiB.
    pub state_bytes: u64,
    /// Outgoing HTTP requests. Default = 32.
    pub http_requests: usize,
    /// What outgoing HTTP carries both ways, heads and bodies, in bytes. Default = 16 MiB.
    pub http_bytes: u64,
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
            http_requests: 32,
            http_bytes: 16 << 20,
        }
    }
}

/// One of the limits, by its key under `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the field of `Limits` of its name")]
pub enum LimitKey {
    Cpu,
    Time,
    Memory,
    Emissions,
    EmissionBytes,
    StateBytes,
    HttpRequests,
    HttpBytes,
}

/// What a limit counts. Its value is a number of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds; written `30s`.
    Time,
    /// Bytes; written `64MiB`.
    Bytes,
    /// Things; written as a number.
    Count,
}

impl Unit {
    /// So many of it, as people write it.
    #[must_use]
    pub fn show(self, value: u64) -> String {
        match self {
            Self::Time => show_duration(Duration::from_millis(value)),
            Self::Bytes => show_bytes(value),
            Self::Count => value.to_string(),
        }
    }
}

const MIB: u64 = 1 << 20;
const HOUR: u64 = 3_600_000;

impl LimitKey {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 8] =
        [Self::Cpu, Self::Time, Self::Memory, Self::Emissions, Self::EmissionBytes, Self::StateBytes, Self::HttpRequests, Self::HttpBytes];

    /// Its name under `[limits]`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Emissions => "emissions",
            Self::EmissionBytes => "emission_bytes",
            Self::StateBytes => "state_bytes",
            Self::HttpRequests => "http_requests",
            Self::HttpBytes => "http_bytes",
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Cpu | Self::Time => Unit::Time,
            Self::Memory | Self::EmissionBytes | Self::StateBytes | Self::HttpBytes => Unit::Bytes,
            Self::Emissions | Self::HttpRequests => Unit::Count,
        }
    }

    /// What an operator can give, in its unit. Emissions stand in one frame with what else an attempt settles; state lies on the disk,
    /// where the bound is one against slips of the pen.
    #[must_use]
    pub const fn range(self) -> RangeInclusive<u64> {
        match self {
            Self::Cpu => 1..=HOUR,
            Self::Time => 1..=24 * HOUR,
            Self::Memory => 64 << 10..=1 << 30,
            Self::Emissions => 0..=crate::bounds::EMISSIONS_MAX as u64,
            Self::EmissionBytes => 0..=64 * MIB,
            Self::StateBytes => 0..=1 << 40,
            Self::HttpRequests => 0..=10_000,
            Self::HttpBytes => 0..=1 << 30,
        }
    }

    /// A value of it, as people write it.
    #[must_use]
    pub fn show(self, value: u64) -> String {
        self.unit().show(value)
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Limits {
    /// The value of one, in its unit.
    #[must_use]
    pub fn get(&self, key: LimitKey) -> u64 {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match key {
            LimitKey::Cpu => millis(self.cpu),
            LimitKey::Time => millis(self.time),
            LimitKey::Memory => self.memory as u64,
            LimitKey::Emissions => self.emissions as u64,
            LimitKey::EmissionBytes => self.emission_bytes as u64,
            LimitKey::StateBytes => self.state_bytes,
            LimitKey::HttpRequests => self.http_requests as u64,
            LimitKey::HttpBytes => self.http_bytes,
        }
    }

    /// Gives one a value, in its unit.
    pub fn set(&mut self, key: LimitKey, value: u64) {
        let size = usize::try_from(value).unwrap_or(usize::MAX);
        match key {
            LimitKey::Cpu => self.cpu = Duration::from_millis(value),
            LimitKey::Time => self.time = Duration::from_millis(value),
            LimitKey::Memory => self.memory = size,
            LimitKey::Emissions => self.emissions = size,
            LimitKey::EmissionBytes => self.emission_bytes = size,
            LimitKey::StateBytes => self.state_bytes = value,
            LimitKey::HttpRequests => self.http_requests = size,
            LimitKey::HttpBytes => self.http_bytes = value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_set_apart_from_the_others_and_its_default_is_in_its_range() {
        for key in LimitKey::ALL {
            let mut limits = Limits::default();
            assert!(key.range().contains(&limits.get(key)), "{key}");
            limits.set(key, 77);
            assert!(LimitKey::ALL.into_iter().all(|other| (limits.get(other) == Limits::default().get(other)) != (other == key)), "{key}");
        }
        assert_eq!(
            (LimitKey::Cpu.show(1_500), LimitKey::Time.show(30_000), LimitKey::Memory.show(64 << 20)),
            ("1500ms".into(), "30s".into(), "64MiB".into())
        );
    }
}
