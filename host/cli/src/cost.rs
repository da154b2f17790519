//! What attempts used, for people.

use crate::output::{size, span};
use serde::Deserialize;

/// What an attempt used, or some together. A host of an earlier version says less.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Cost {
    /// How many there were, where it is a sum.
    attempts: Option<u64>,
    cpu_nanos: Option<u64>,
    wall_nanos: Option<u64>,
    host_nanos: Option<u64>,
    memory_bytes: Option<u64>,
    bytes_in: Option<u64>,
    bytes_out: Option<u64>,
}

impl Cost {
    /// Processor time alone.
    pub(crate) fn cpu(&self) -> Option<String> {
        self.cpu_nanos.map(|nanos| format!("{} cpu", span(nanos)))
    }

    /// All of it, as far as it is told, without what is nothing.
    pub(crate) fn parts(&self) -> Vec<String> {
        let attempts = self.attempts.map(|n| if n == 1 { "1 attempt".to_owned() } else { format!("{n} attempts") });
        let some = |n: Option<u64>| n.filter(|n| *n > 0);
        let time = |nanos, what: &str| some(nanos).map(|nanos| format!("{} {what}", span(nanos)));
        let bytes = |n, what: &str| some(n).map(|n| format!("{} {what}", size(n)));
        let all = [
            attempts,
            self.cpu(),
            time(self.wall_nanos, "wall"),
            time(self.host_nanos, "in host calls"),
            bytes(self.memory_bytes, "memory"),
            bytes(self.bytes_in, "in"),
            bytes(self.bytes_out, "out"),
        ];
        all.into_iter().flatten().collect()
    }
}
