//! One subscription at work: what it has taken, what may run, and how far it is.

use crate::attachment::{Load, Rebuilding, Runner};
use crate::held::{Held, Hold, OPEN_BYTES, Offered, Room};
use crate::lane::{Lanes, lane_of};
use crate::parking::Parking;
use crate::turns::OVERTAKEN_MAX;
use oyez_model::{Epoch, Lane, Limits, Ordering, Recorded, Sequence, SubscriptionId, SubscriptionSpec, Timestamp, bounds};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The events that one subscription holds in memory, in bytes. Past it, it leaves the tail and catches up from the log.
const OPEN_BYTES_MAX: usize = 64 << 20;

/// Where an open delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Behind another one of its lane.
    InLane,
    /// May run.
    Ready,
    /// Runs.
    Running,
    /// Has run; its settlement is on the way to the disk.
    Settling,
    /// Runs again at this time.
    Waiting(Timestamp),
    /// May run when no other suspect does.
    Suspect,
}

/// A delivery that is not over.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) recorded: Arc<Recorded>,
    pub(crate) round: u32,
    /// That count.
    pub(crate) attempts: u32,
    /// Runs of the present attempt that were overtaken.
    pub(crate) overtaken: u32,
    pub(crate) phase: Phase,
    /// Behind another one of its lane: what it waits for beside, until that time has come.
    due: Option<Timestamp>,
    /// It has a durable row, and no longer holds the place down.
    pub(crate) rowed: bool,
    pub(crate) lane: Option<Lane>,
    /// Its row says that it is parked in this lane: it may be let go of, and taken up again there.
    parked: Option<Lane>,
    _held: (Hold, Arc<Hold>),
}

/// Why a subscription takes no more just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stall {
    /// It, or the host, holds as much as it may.
    Full,
    /// The next epoch has another order, which begins when what is open is over.
    Order,
}

#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) id: SubscriptionId,
    pub(crate) spec: SubscriptionSpec,
    pub(crate) limits: Limits,
    pub(crate) epochs: Vec<Epoch>,
    /// Nothing: it is gone, and its last attempts end.
    pub(crate) runner: Option<Runner>,
    pub(crate) paused: bool,
    /// It is of a rebuild.
    pub(crate) rebuild: Option<Rebuilding>,
    /// So many are about to change its epochs or its place: nothing is routed to it meanwhile.
    pub(crate) held: u32,
    /// Everything below was looked at.
    pub(crate) next: Sequence,
    /// What was over above the place when this process took it up.
    ended: BTreeSet<Sequence>,
    open: BTreeMap<Sequence, Open>,
    /// Of `open`, those without a row.
    rowless: BTreeSet<Sequence>,
    /// What they hold, events of others counted too.
    bytes: usize,
    memory: Held,
    lanes: Lanes,
    pub(crate) parking: Parking,
    order: Ordering,
    ready: VecDeque<Sequence>,
    /// They ran when the host ended without warning.
    pub(crate) suspects: BTreeSet<Sequence>,
    /// Of these, those that ask to run.
    asking: Vec<Sequence>,
    running: usize,
    settling: usize,
    stall: Option<Stall>,
    /// The place that the engine was last told.
    told: Sequence,
}

impl Subscriber {
    pub(crate) fn new(id: SubscriptionId, spec: SubscriptionSpec, place: Sequence, ended: BTreeSet<Sequence>, held: Held) -> Self {
        Self {
            id,
            order: spec.ordering,
            spec,
            limits: Limits::default(),
            epochs: Vec::new(),
            runner: None,
            paused: false,
            rebuild: None,
            held: 0,
            next: place.next(),
            ended,
            open: BTreeMap::new(),
            rowless: BTreeSet::new(),
            bytes: 0,
            memory: held,
            lanes: Lanes::default(),
            parking: Parking::default(),
            ready: VecDeque::new(),
            suspects: BTreeSet::new(),
            asking: Vec::new(),
            running: 0,
            settling: 0,
            stall: None,
            told: place,
        }
    }

    /// The epoch that a place falls in, if it takes the event there.
    pub(crate) fn epoch(&self, recorded: &Recorded) -> Option<&Epoch> {
        let epoch = self.epochs.iter().rev().find(|epoch| epoch.begins < recorded.sequence)?;
        epoch.takes(&recorded.event).then_some(epoch)
    }

    /// Whether it takes what is read from `from` on.
    pub(crate) fn stands_after(&self, from: Sequence) -> bool {
        self.runner.is_some() && self.held == 0 && self.stall.is_none() && self.next >= from
    }

    /// Whether it wants the log to be read on.
    pub(crate) fn is_hungry(&self, room: Room) -> bool {
        let room = match self.stall {
            None => true,
            Some(Stall::Full) => {
                let little = self.open.len() < bounds::OPEN_LOW && self.bytes < OPEN_BYTES_MAX / 4;
                little && (room.low || self.bytes <= room.share / 4)
            }
            Some(Stall::Order) => self.is_empty(),
        };
        self.runner.is_some() && self.held == 0 && room && !self.is_read()
    }

    /// Whether it is of a rebuild, and has looked at all that is for it.
    fn is_read(&self) -> bool {
        self.rebuild.is_some_and(|rebuild| self.next > rebuild.until)
    }

    /// Whether it is of a rebuild, and all that is for it is over, or dead.
    pub(crate) fn is_over(&self) -> bool {
        self.is_read() && self.is_empty() && self.is_still()
    }

    /// Whether nothing of it is open, or on its way to being parked.
    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.parking.under_way() == 0
    }

    /// Whether it stopped taking, and may take again.
    pub(crate) fn wants_back(&self, room: Room) -> bool {
        self.stall.is_some() && self.is_hungry(room)
    }

    /// Before a read that is meant for it: it takes again.
    pub(crate) fn unstall(&mut self, room: Room) {
        if self.is_hungry(room) {
            self.stall = None;
        }
    }

    /// What it has taken up to a place, and which has no row.
    pub(crate) fn taken(&self, to: Sequence) -> Vec<Sequence> {
        self.rowless.range(..=to).copied().collect()
    }

    /// What it had not taken up to a place is gone; what it had taken has rows.
    pub(crate) fn passed(&mut self, to: Sequence, kept: &[Sequence]) {
        for sequence in kept {
            self.rowless.remove(sequence);
            if let Some(open) = self.open.get_mut(sequence) {
                open.rowed = true;
            }
        }
        self.next = self.next.max(to.next());
    }

    /// Looks at an event at or above `next`, and takes it if it is for it. One of a storm is parked, whatever its lane.
    pub(crate) fn offer(&mut self, offered: &mut Offered, storm: Option<Sequence>, room: Room) {
        let sequence = offered.recorded.sequence;
        if sequence < self.next || self.stall.is_some() || self.is_read() || self.rebuild.is_some_and(|rebuild| sequence > rebuild.until) {
            return;
        }
        let Some(ordering) = self.epoch(&offered.recorded).map(|epoch| epoch.ordering) else { return };
        if self.ended.remove(&sequence) || self.open.contains_key(&sequence) {
            return;
        }
        let own = self.open.len() + self.parking.under_way() >= bounds::OPEN_MAX || self.bytes >= OPEN_BYTES_MAX;
        let full = own || self.has_its_share(room);
        let other_order = ordering != self.order && !self.is_empty();
        if full || other_order {
            self.stall = Some(if full { Stall::Full } else { Stall::Order });
            self.next = sequence;
            return;
        }
        self.order = ordering;
        self.rowless.insert(sequence);
        // What was let go of once needs no second word.
        match storm.filter(|_| self.rebuild.is_none()) {
            Some(root) => self.parking.contain(root, sequence),
            None if lane_of(ordering, &offered.recorded.event).is_some_and(|lane| self.parking.takes(&lane, sequence)) => {}
            None => self.enter(offered, 0, 0, None),
        }
    }

    /// Whether the host holds as much as it may, and this one no less than its share of that.
    fn has_its_share(&self, room: Room) -> bool {
        room.full && self.bytes >= room.share
    }

    /// Lanes of which parked deliveries are to be read, and what is to be parked.
    pub(crate) fn parking_to_do(&mut self, room: Room) -> (Vec<Lane>, BTreeMap<Lane, Vec<Sequence>>) {
        let reading = if self.runner.is_some() && !self.has_its_share(room) { self.parking.begin_reading() } else { Vec::new() };
        (reading, self.parking.wanted())
    }

    /// Takes up what was parked in a lane. Another order may have begun since: then it goes on in the lane that it has by that one.
    pub(crate) fn unpark(&mut self, lane: &Lane, rows: Vec<(Arc<Recorded>, u32, u32)>, more: bool) {
        if !self.parking.read(lane, more) {
            return;
        }
        for (recorded, round, attempts) in rows {
            let sequence = recorded.sequence;
            if self.open.contains_key(&sequence) {
                continue;
            }
            let other = lane_of(self.order, &recorded.event).filter(|other| other != lane);
            if other.is_some_and(|other| self.parking.takes_back(&other, sequence, Some(lane.clone()))) {
                continue;
            }
            self.enter(&mut Offered::new(recorded), round, attempts, None);
            if let Some(open) = self.open.get_mut(&sequence) {
                open.parked = Some(lane.clone());
                self.parking.pick_up(lane);
            }
        }
    }

    /// These have rows now, and no longer hold the place down.
    pub(crate) fn parked(&mut self, lane: &Lane, sequences: &[Sequence]) {
        self.parking.parked(lane, sequences);
        for sequence in sequences {
            self.rowless.remove(sequence);
        }
    }

    /// A delivery is dead, and its lane held back behind it: what waits in the lane is let go of.
    pub(crate) fn park_behind(&mut self, sequence: Sequence, lane: &Lane) {
        self.settling -= 1;
        self.rowless.remove(&sequence);
        self.forget(sequence);
        let waiting: Vec<_> = self.lanes.take(lane).into_iter().filter_map(|waiting| Some((waiting, self.forget(waiting)?))).collect();
        let (parked, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, open)| open.parked.as_ref() == Some(lane));
        self.parking.hold(lane.clone(), sequence, !parked.is_empty());
        for (waiting, open) in others {
            if open.rowed {
                self.parking.takes_back(lane, waiting, open.parked);
            } else {
                self.parking.takes(lane, waiting);
            }
        }
    }

    fn forget(&mut self, sequence: Sequence) -> Option<Open> {
        let open = self.open.remove(&sequence)?;
        self.bytes -= open.recorded.event.size() + OPEN_BYTES;
        open.parked.iter().for_each(|lane| self.parking.put_down(lane));
        Some(open)
    }

    /// Takes a delivery up, at its place in its lane. One with a row may be due later.
    pub(crate) fn enter(&mut self, offered: &mut Offered, round: u32, attempts: u32, due: Option<Timestamp>) {
        let (recorded, shared) = offered.take(&self.memory);
        let sequence = recorded.sequence;
        let rowed = !self.rowless.contains(&sequence);
        let lane = lane_of(self.order, &recorded.event);
        let first = lane.as_ref().is_none_or(|lane| self.lanes.enter(lane, sequence));
        let phase = match due {
            Some(due) if first => Phase::Waiting(due),
            _ => Phase::InLane,
        };
        self.bytes += recorded.event.size() + OPEN_BYTES;
        let held = (self.memory.hold(OPEN_BYTES), shared);
        let open = Open { recorded, round, attempts, overtaken: 0, phase, due, rowed, lane, parked: None, _held: held };
        if let Some(before) = self.open.insert(sequence, open) {
            self.bytes -= before.recorded.event.size() + OPEN_BYTES;
            before.parked.iter().for_each(|lane| self.parking.put_down(lane));
        }
        if first && due.is_none() {
            self.make_ready(sequence);
        }
    }

    pub(crate) fn has_open(&self, sequence: Sequence) -> bool {
        self.open.contains_key(&sequence)
    }

    /// The next delivery that `may` run, which counts as running from here on.
    pub(crate) fn start(&mut self, mut may: impl FnMut(Sequence) -> bool) -> Option<(Runner, Arc<Recorded>, u32, u32)> {
        let runner = self.runner.clone().filter(|_| !self.paused && self.running < self.spec.concurrency)?;
        while let Some(sequence) = self.ready.pop_front() {
            if let Some(open) = self.open.get_mut(&sequence).filter(|open| open.phase == Phase::Ready) {
                if !may(sequence) {
                    self.ready.push_front(sequence);
                    return None;
                }
                open.phase = Phase::Running;
                self.running += 1;
                return Some((runner, Arc::clone(&open.recorded), open.round, open.attempts + 1));
            }
        }
        None
    }

    /// What a delivery's run read was overtaken: it runs again. Whether it is to run alone then, and so before all others.
    pub(crate) fn overtaken(&mut self, sequence: Sequence) -> bool {
        self.settling -= 1;
        let Some(open) = self.open.get_mut(&sequence) else { return false };
        open.phase = Phase::Ready;
        open.overtaken += 1;
        let alone = open.overtaken >= OVERTAKEN_MAX;
        if alone {
            self.ready.push_front(sequence);
        } else {
            self.ready.push_back(sequence);
        }
        alone
    }

    /// A run is over, and not counted: again at `due`.
    pub(crate) fn not_run(&mut self, sequence: Sequence, due: Timestamp) {
        self.running -= 1;
        if let Some(open) = self.open.get_mut(&sequence) {
            open.phase = Phase::Waiting(due);
        }
    }

    /// A run is over; its settlement is on its way. It frees its slot, and still holds its lane.
    pub(crate) fn settling(&mut self, sequence: Sequence) {
        self.running -= 1;
        self.settling += 1;
        if let Some(open) = self.open.get_mut(&sequence) {
            open.phase = Phase::Settling;
        }
    }

    /// A delivery that is not over.
    pub(crate) fn open(&self, sequence: Sequence) -> Option<&Open> {
        self.open.get(&sequence)
    }

    /// The settlement is durable, and the delivery waits.
    pub(crate) fn wait(&mut self, sequence: Sequence, due: Timestamp) {
        self.settling -= 1;
        self.rowless.remove(&sequence);
        if let Some(open) = self.open.get_mut(&sequence) {
            open.attempts += 1;
            open.overtaken = 0;
            open.rowed = true;
            open.parked.take().iter().for_each(|lane| self.parking.put_down(lane));
            open.phase = Phase::Waiting(due);
        }
    }

    /// The settlement is durable, and the delivery is over: the next of its lane may run.
    pub(crate) fn leave(&mut self, sequence: Sequence) {
        self.settling -= 1;
        self.rowless.remove(&sequence);
        let Some(open) = self.forget(sequence) else { return };
        let next = open.lane.as_ref().and_then(|lane| self.lanes.leave(lane, sequence));
        let Some(next) = next else { return };
        match self.open.get_mut(&next) {
            Some(Open { phase, due: Some(due), .. }) => *phase = Phase::Waiting(*due),
            _ => self.make_ready(next),
        }
    }

    /// The settlement was not written: the delivery stays as it is, for the next process.
    pub(crate) fn leave_unsettled(&mut self) {
        self.settling -= 1;
    }

    /// The time has come for a delivery that waits.
    pub(crate) fn due(&mut self, sequence: Sequence, due: Timestamp) {
        let Some(open) = self.open.get_mut(&sequence) else { return };
        open.due.take_if(|at| *at == due);
        if open.phase == Phase::Waiting(due) {
            self.make_ready(sequence);
        }
    }

    fn make_ready(&mut self, sequence: Sequence) {
        let Some(open) = self.open.get_mut(&sequence) else { return };
        if self.suspects.contains(&sequence) {
            open.phase = Phase::Suspect;
            self.asking.push(sequence);
        } else {
            open.phase = Phase::Ready;
            self.ready.push_back(sequence);
        }
    }

    /// Suspects that ask to run, since this was asked last.
    pub(crate) fn asking(&mut self) -> Vec<Sequence> {
        std::mem::take(&mut self.asking)
    }

    /// Whether a suspect still asks to run, and could.
    pub(crate) fn asks(&self, sequence: Sequence) -> bool {
        self.runner.is_some() && !self.paused && self.open.get(&sequence).is_some_and(|open| open.phase == Phase::Suspect)
    }

    /// No other suspect runs: this one may. Behind those that are ready: before all others stand only runs that are to be alone.
    pub(crate) fn admit(&mut self, sequence: Sequence) {
        if let Some(open) = self.open.get_mut(&sequence) {
            open.phase = Phase::Ready;
            self.ready.push_back(sequence);
        }
    }

    /// Whether an admitted suspect has not come to its end.
    pub(crate) fn is_at_work(&self, sequence: Sequence) -> bool {
        self.runner.is_some()
            && !self.paused
            && self.open.get(&sequence).is_some_and(|open| matches!(open.phase, Phase::Ready | Phase::Running | Phase::Settling))
    }

    /// Nothing of it runs or is on its way to the disk.
    pub(crate) fn is_still(&self) -> bool {
        self.running == 0 && self.settling == 0
    }

    /// At or below it, everything is over or has a row.
    pub(crate) fn place(&self) -> Sequence {
        self.rowless.first().map_or_else(|| self.next.previous(), |first| first.previous())
    }

    /// The place, if the engine does not know it yet.
    pub(crate) fn place_to_tell(&mut self) -> Option<Sequence> {
        let place = self.place();
        let moved = place > self.told;
        self.told = self.told.max(place);
        moved.then_some(place)
    }

    pub(crate) fn load(&self) -> Load {
        let waiting = self.open.values().filter(|open| matches!(open.phase, Phase::Waiting(_)) && open.rowed).count();
        let in_flight = self.running + self.settling;
        Load { place: self.place(), pending: self.open.len() - waiting - in_flight, in_flight, waiting }
    }
}
