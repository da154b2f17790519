//! What a process takes of the machine, and what the machine has to give, as Linux tells it.

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

/// The machine's processor time up to now, in ticks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cores {
    all: u64,
    stolen: u64,
}

impl Cores {
    /// Looks.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub(super) fn now() -> Result<Self> {
        Self::of(&fs::read_to_string("/proc/stat")?)
    }

    /// user, nice, system, idle, iowait, irq, softirq, steal (proc_stat(5)); what comes behind is part of the first two.
    fn of(stat: &str) -> Result<Self> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu ")).ok_or("no processors in /proc/stat")?;
        let ticks: Vec<u64> = line.split_whitespace().take(8).filter_map(|ticks| ticks.parse().ok()).collect();
        Ok(Self { all: ticks.iter().sum(), stolen: *ticks.get(7).ok_or("too few ticks in /proc/stat")? })
    }

    /// The share of the time since then that the machine's own host kept for others.
    pub(super) fn stolen_since(self, then: Self) -> f64 {
        self.stolen.saturating_sub(then.stolen) as f64 / self.all.saturating_sub(then.all).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stolen_time_is_a_share_of_all_cores() {
        let then = Cores::of("cpu  10 0 0 90 0 0 0 4 0 0\ncpu0 1 1 1 1 1 1 1 1").unwrap();
        let now = Cores::of("cpu  30 0 0 160 0 0 0 14 9 9\ncpu0 1 1 1 1 1 1 1 1").unwrap();
        assert_eq!((now.stolen_since(then) * 100.0).round(), 10.0);
        assert_eq!(now.stolen_since(now), 0.0);
        assert!(Cores::of("cpu  1 2 3").is_err() && Cores::now().is_ok());
    }

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
