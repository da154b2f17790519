//! What a process takes of the machine, as Linux tells it.

use crate::Result;
use std::fs;
use std::time::Duration;

/// Ticks of `/proc` a second: the same on every Linux that Rust knows.
const TICKS: u64 = 100;

/// A process, looked at from outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process(pub(super) u32);

impl Process {
    /// Cpu time of all its threads, and of its children that have ended.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn cpu(self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name, in brackets, may hold anything.
        let fields = stat.rsplit_once(')').ok_or("a line of /proc without a name")?.1;
        let ticks: u64 = fields.split_whitespace().skip(11).take(4).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// Memory that it holds now, in bytes.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn memory(self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The most memory that it held since [`Self::forget_peak`], in bytes.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn peak(self) -> Result<u64> {
        self.status("VmHWM:")
    }

    /// From now on the peak is that of what comes.
    ///
    /// # Errors
    /// It is gone, or somebody else's.
    pub(super) fn forget_peak(self) -> Result<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.0), "5")?)
    }

    fn status(self, key: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or_else(|| format!("no `{key}` of process {}", self.0))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes << 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_can_look_at_itself() {
        let own = Process(std::process::id());
        own.forget_peak().expect("it is its own");
        let held = vec![7_u8; 32 << 20];
        // The other tests of this process allocate meanwhile: what is asked later may have grown.
        let memory = own.memory().expect("it lives");
        let peak = own.peak().expect("it lives");
        assert!(memory >= held.len() as u64 && held.ends_with(&[7]), "{memory} B are held");
        assert!(peak >= held.len() as u64, "{peak} B at most were held");
        // The kernel counts pages core by core, and sums them up roughly.
        assert!(peak + (1 << 20) >= memory, "{peak} B at most were held, and {memory} B before");
        assert!(own.cpu().expect("it lives") < Duration::from_hours(1));
    }
}
