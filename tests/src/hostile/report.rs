//! How it went: a row a guest, and a line for all of them.

use super::Seen;
use std::fmt;
use std::time::Duration;

/// How much longer 99 of 100 of the neighbour's events may take beside a guest.
const RATIO_MAX: f64 = 2.0;
/// A p99 below this is noise of the machine's clock and scheduler, and counts as this.
const P99_FLOOR: Duration = Duration::from_millis(1);

/// The share of the cores' time that whoever runs this machine may keep for other machines during a try: a p99 is of one event in a
/// hundred, so where more than a hundredth of the time was not there, late events need not be the guest's doing.
const STOLEN_MAX: f64 = 0.01;

/// How it went with one guest.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub guest: &'static str,
    /// What it tried.
    pub tried: &'static str,
    /// What stopped it.
    pub stopped: Seen,
    /// The longest cpu time of one of its attempts that were looked at.
    pub attempt: Duration,
    /// Cpu time that the host took more than it had taken alone, loading included.
    pub held: Duration,
    /// The most memory that the host held beside it, in bytes.
    pub peak: u64,
    /// How much more that is than before, in bytes.
    pub grown: u64,
    /// The neighbour's p99 without it.
    pub alone: Duration,
    /// The neighbour's p99 beside it.
    pub beside: Duration,
    /// Events of the neighbour's beside it.
    pub events: usize,
    /// Of these, and of those without it: not taken, or never settled.
    pub lost: usize,
    /// Attempts of the neighbour that failed.
    pub failed: u64,
    /// The share of the machine's cores that its own host kept for others meanwhile.
    pub stolen: f64,
    /// How often it was tried: again where the neighbour suffered.
    pub tries: u32,
    /// The host still runs.
    pub alive: bool,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            guest: "",
            tried: "",
            stopped: Seen::Nothing,
            attempt: Duration::ZERO,
            held: Duration::ZERO,
            peak: 0,
            grown: 0,
            alone: Duration::ZERO,
            beside: Duration::ZERO,
            events: 0,
            lost: 0,
            failed: 0,
            stolen: 0.0,
            tries: 0,
            alive: false,
        }
    }
}

impl Row {
    /// How much longer the neighbour's events took beside it.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.beside.max(P99_FLOOR).as_secs_f64() / self.alone.max(P99_FLOOR).as_secs_f64()
    }

    /// Whether the neighbour suffered.
    #[must_use]
    pub fn disturbs(&self) -> bool {
        self.ratio() > RATIO_MAX || self.lost > 0 || self.failed > 0
    }

    /// Whether its p99 says nothing, for that the machine was kept from it. That excuses events that are late, never one that is lost.
    #[must_use]
    pub fn is_robbed(&self) -> bool {
        self.stolen > STOLEN_MAX && self.lost == 0 && self.failed == 0
    }

    /// Whether it came to what it was to come to, and the host lives.
    #[must_use]
    pub fn is_contained(&self) -> bool {
        matches!(self.stopped, Seen::Contained(_)) && self.alive
    }

    /// The names of the columns.
    #[must_use]
    pub fn head() -> String {
        format!(
            "{:<40} {:>8} {:>7} {:>9} {:>7} {:>8} {:>8} {:>6} {:>7} {:>5} {:>4}  what stopped it  <-  what it tried",
            "guest", "attempt", "held", "peak MiB", "+MiB", "alone", "beside", "ratio", "stolen", "tries", "lost"
        )
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        let stopped = match &self.stopped {
            Seen::Contained(how) => how.clone(),
            Seen::Otherwise(how) => format!("NOT AS EXPECTED: {how}"),
            Seen::Nothing => "NOTHING STOPPED IT".to_owned(),
        };
        let verdict = if !self.alive {
            "THE HOST IS GONE: "
        } else if self.disturbs() {
            "DISTURBS: "
        } else {
            ""
        };
        write!(
            f,
            "{:<40} {:>8} {:>7} {:>9} {:>7} {:>8} {:>8} {:>6.2} {:>7} {:>5} {:>4}  {verdict}{stopped}  <-  {}",
            self.guest,
            millis(self.attempt),
            format!("{:.2} s", self.held.as_secs_f64()),
            self.peak >> 20,
            self.grown >> 20,
            millis(self.alone),
            millis(self.beside),
            self.ratio(),
            format!("{:.1} %", self.stolen * 100.0),
            self.tries,
            self.lost as u64 + self.failed,
            self.tried
        )
    }
}

/// How it went with all of them.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order in which they were tried.
    pub rows: Vec<Row>,
}

impl Report {
    /// Whether all were contained, and none disturbed the neighbour.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.is_contained() && !row.disturbs())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |is: &dyn Fn(&&Row) -> bool| {
            let names: Vec<_> = self.rows.iter().filter(is).map(|row| row.guest).collect();
            if names.is_empty() { "none".to_owned() } else { format!("{} ({})", names.len(), names.join(", ")) }
        };
        let worst = self.rows.iter().map(Row::ratio).fold(0.0, f64::max);
        let again = self.rows.iter().filter(|row| row.tries > 1).count();
        let events: usize = self.rows.iter().map(|row| row.events).sum();
        write!(
            f,
            "{} guests, {} contained; not contained: {}; disturbing the neighbour: {}; {again} tried again for a ratio over {RATIO_MAX}; \
             worst ratio {worst:.2}; peak of the host {} MiB; the neighbour settled {events} events beside them, lost {}",
            self.rows.len(),
            self.rows.iter().filter(|row| row.is_contained()).count(),
            names(&|row| !row.is_contained()),
            names(&|row| row.disturbs()),
            self.rows.iter().map(|row| row.peak).max().unwrap_or(0) >> 20,
            self.rows.iter().map(|row| row.lost as u64 + row.failed).sum::<u64>(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let time = Duration::from_millis(4);
        Row { stopped: Seen::Contained("x".to_owned()), alive: true, alone: time, beside: time, ..Row::default() }
    }

    #[test]
    fn a_guest_that_hurts_somebody_is_found() {
        assert!(Report { rows: vec![row()] }.holds());
        for bad in [
            Row { stopped: Seen::Nothing, ..row() },
            Row { stopped: Seen::Otherwise("x".to_owned()), ..row() },
            Row { alive: false, ..row() },
            Row { beside: Duration::from_millis(9), ..row() },
            Row { lost: 1, ..row() },
            Row { failed: 1, ..row() },
        ] {
            assert!(!Report { rows: vec![row(), bad.clone()] }.holds(), "{bad}");
        }
    }

    #[test]
    fn what_lies_below_the_noise_is_no_ratio() {
        assert!(!Row { alone: Duration::from_micros(100), beside: Duration::from_micros(900), ..row() }.disturbs());
    }
}
