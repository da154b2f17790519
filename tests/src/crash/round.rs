//! The life of one host: what it is to be killed in, and how that is waited for.

use super::phase::{Phase, look, touched, was_in_checkpoint};
use super::signs::{Signs, pass};
use crate::{Result, Running};
use fastrand::Rng;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// What a kill is to fall into. What it falls into indeed is looked up then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Before the host listens.
    Starting,
    /// Any moment after that.
    Moment,
    /// Any moment after its plugins are loaded.
    Loaded,
    /// While a plugin is swapped, removed or brought back.
    Swap,
    /// While a parked lane flows.
    Flow,
    /// While it stops in order, and writes a checkpoint.
    Stop,
    /// When all is done.
    Idle,
}

/// How often of them all each is aimed at.
const AIMS: [(Aim, u32); 7] =
    [(Aim::Starting, 4), (Aim::Moment, 4), (Aim::Loaded, 5), (Aim::Swap, 3), (Aim::Flow, 2), (Aim::Stop, 3), (Aim::Idle, 1)];

impl Aim {
    pub(super) fn choose(random: &mut Rng) -> Self {
        let mut chance = random.u32(..AIMS.iter().map(|(_, share)| share).sum::<u32>());
        for (aim, share) in AIMS {
            if chance < share {
                return aim;
            }
            chance -= share;
        }
        Self::Moment
    }
}

/// A host that is to be killed while others speak to it.
pub(super) struct Victim<'a> {
    pub(super) host: &'a mut Running,
    pub(super) folder: &'a Path,
    pub(super) signs: &'a Signs,
    /// How long it lives if nothing else ends it.
    pub(super) life: Duration,
    /// When the views' journals were written last, at its start.
    pub(super) views: Option<SystemTime>,
}

impl Victim<'_> {
    /// Waits for the moment, and kills it; gives back what it was at.
    pub(super) fn die(&mut self, aim: Aim, random: &mut Rng) -> Result<BTreeSet<Phase>> {
        self.wait(aim, random);
        let mut phases = look(self.host, self.signs)?;
        if aim == Aim::Stop {
            self.stop(random)?;
        }
        let alive = self.host.is_alive()?;
        self.signs.ending.set(true);
        self.signs.stop.set(true);
        self.host.kill()?;
        match (aim, alive) {
            (Aim::Stop, true) => drop(phases.insert(Phase::Stopping)),
            (Aim::Stop, false) => return Ok([Phase::Stopped].into()),
            (_, true) => {}
            (_, false) => return Err("the host ended before it was killed".into()),
        }
        if was_in_checkpoint(self.folder, self.views)? {
            phases.insert(Phase::Checkpoint);
        }
        if phases.is_empty() {
            phases.insert(Phase::Idle);
        }
        Ok(phases)
    }

    fn wait(&self, aim: Aim, random: &mut Rng) {
        let mut part = |whole: Duration| whole.mul_f64(random.f64());
        // Whoever fails stops all others.
        let stopped = || self.signs.stop.is();
        match aim {
            Aim::Swap => {
                pass(3 * self.life, || stopped() || self.signs.changing.is());
                pass(part(Duration::from_millis(1_200)), || stopped() || !self.signs.changing.is());
            }
            Aim::Flow => {
                pass(3 * self.life, || stopped() || self.signs.flowing.is());
                pass(part(Duration::from_millis(20)), stopped);
            }
            Aim::Loaded => {
                pass(3 * self.life, || stopped() || self.host.is_ready().unwrap_or(true));
                pass(part(self.life / 2), stopped);
            }
            Aim::Starting | Aim::Moment | Aim::Stop => pass(part(self.life), stopped),
            Aim::Idle => {}
        }
    }

    /// Asks it to stop, and lets it go on until it writes its last checkpoint, or for a moment.
    fn stop(&self, random: &mut Rng) -> Result<()> {
        self.signs.ending.set(true);
        let (begun, long) = (Instant::now(), Duration::from_millis(random.u64(0..400)));
        self.host.ask_to_stop()?;
        let before = touched(self.folder);
        pass(long, || touched(self.folder) != before);
        if begun.elapsed() < long {
            pass(Duration::from_micros(random.u64(0..3_000)), || false);
        }
        Ok(())
    }
}
